"""Language models: LSTM networks that score the next word."""

from __future__ import annotations

from onnx import TensorProto

from zoo.cells import ProjectedLstm, projected_lstm
from zoo.graph import Graph, Role, Tensor
from zoo.layers import (
    LstmParameters,
    gather_rows,
    lstm,
    sequence_linear,
    softmax,
    squeeze,
    unsqueeze,
)


def _embedded_words(graph: Graph, table: Tensor, words: int) -> Tensor:
    """The network's input, `words` word numbers, as [words, 1, width]."""
    numbers = graph.input("input", (words,), TensorProto.INT64)
    rows = gather_rows(graph, "embedding", table, numbers)
    return unsqueeze(graph, "embedding/unsqueeze", rows, 1)


def lstm_ptb_medium() -> Graph:
    """The medium language model of Zaremba et al. 2014 (arXiv 1409.2329): 2 x 650, 10 000 words.

    35 words are the unrolled steps of its training (tensorflow/models, tutorials/rnn/ptb/
    ptb_word_lm.py, MediumConfig). Embedding and output have matrices of their own.
    """
    words, vocabulary, width, layers = 35, 10_000, 650, 2
    graph = Graph("lstm_ptb_medium")
    table = graph.parameter("embedding/weight", (vocabulary, width), Role.EMBEDDING)
    x = _embedded_words(graph, table, words)
    for layer in range(1, layers + 1):
        name = f"layer{layer}"
        x = lstm(graph, name, x, LstmParameters.make(graph, name, width, width))
    x = sequence_linear(graph, "output", x, vocabulary)
    graph.output(softmax(graph, "softmax", x))
    return graph


def lstm_keyboard() -> Graph:
    """The next-word model of a phone's keyboard (Hard et al. 2018, arXiv 1811.03604, section 3).

    One CIFG layer of 670 cells, projected on 96 outputs, which also recur; the matrix of the input
    embedding, 10 000 words by 96, is the output's too, without a bias.
    """
    words, vocabulary, width, cells = 20, 10_000, 96, 670
    graph = Graph("lstm_keyboard")
    table = graph.parameter("embedding/weight", (vocabulary, width), Role.WEIGHT)
    x = _embedded_words(graph, table, words)
    cifg = ProjectedLstm.make(graph, "cifg", width, cells, width, coupled=True)
    x = squeeze(graph, "cifg/squeeze", projected_lstm(graph, "cifg", x, cifg), [1])
    graph.count_macs(words * width * vocabulary)
    x = graph.node("Gemm", "output", [x, table], (words, vocabulary), transB=1)
    graph.output(softmax(graph, "softmax", x))
    return graph
