"""The networks of the zoo: what each is, where it was published, what the publication counts."""

from __future__ import annotations

from zoo import convolutional_models, recurrent_models

NETWORKS = (*convolutional_models.NETWORKS, *recurrent_models.NETWORKS)
