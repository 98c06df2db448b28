"""The networks and systems that are compared, in the order in which they are shown."""

BASELINE = "edge_tpu"
SYSTEMS = ["edge_tpu", "edge_tpu_hb", "eyeriss_v2", "eyeriss_v2_scaled", "mensa_g"]

KINDS = {
    "CNN": [
        "mobilenet_v1",
        "mobilenet_v2",
        "mobilenet_v3_large",
        "mobilenet_edgetpu",
        "mnasnet_a1",
        "efficientnet_lite0",
        "squeezenet_1_1",
        "inception_v1",
        "resnet50",
        "ssd_mobilenet_v1",
        "ssdlite_mobilenet_v2",
        "deeplab_v3_mobilenet_v2",
        "blazeface",
    ],
    "LSTM": ["lstm_acoustic", "lstm_keyboard", "lstm_ptb_medium", "deepspeech"],
    "transducer": ["rnnt", "rnnt_mobile", "rnnt_timit", "rnnt_timit_small"],
    "RCNN": ["crnn", "show_and_tell", "lrcn"],
}
NETWORKS = [network for networks in KINDS.values() for network in networks]


def kind_of(network: str) -> str:
    return next(kind for kind, networks in KINDS.items() if network in networks)
