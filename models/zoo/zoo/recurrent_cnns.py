"""Networks of a convolutional part, which sees an image or frames, and LSTMs behind it."""

from __future__ import annotations

from onnx import TensorProto

from zoo.blocks import conv_bn
from zoo.decoding import loop_body
from zoo.graph import Graph, Role, Tensor
from zoo.image_layers import local_response_norm, max_pool_ceil
from zoo.inception_v3 import inception_v3_features
from zoo.layers import (
    Linear,
    LstmParameters,
    LstmState,
    bidirectional_lstm,
    conv,
    flatten,
    gather_rows,
    gemm,
    global_average_pool,
    loop,
    lstm,
    lstm_last_state,
    lstm_with_state,
    max_pool,
    relu,
    sequence_linear,
    softmax,
    squeeze,
    transpose,
    unsqueeze,
    unsqueeze_front,
)


def crnn() -> Graph:
    """A reader of text in images (Shi et al. 2015, arXiv 1507.05717): 32 x 100, 37 classes.

    Table 1, with the padding of meijieru/crnn.pytorch, models/crnn.py, after which 26 columns are
    left of 100, and with its fully connected layer between the two LSTMs. Batch norms are behind
    the third, fifth and seventh convolution, as there, beside biases.
    """
    channels = (64, 128, 256, 256, 512, 512, 512)
    normed = (3, 5, 7)
    pools_behind = (1, 2, 4, 6)
    cells, classes = 256, 37
    graph = Graph("crnn")
    x = graph.input("input", (1, 1, 32, 100))
    pool = 0
    for number, width in enumerate(channels, start=1):
        name = f"conv{number}"
        kernel, pads = ((2, 2), (0, 0, 0, 0)) if number == 7 else ((3, 3), None)
        if number in normed:
            x = conv_bn(graph, name, x, width, kernel, pads=pads, bias=True)
        else:
            x = conv(graph, name, x, width, kernel, pads=pads, bias=True)
        x = relu(graph, f"{name}/relu", x)
        if number in pools_behind:
            pool += 1
            keeps_columns = pool > 2  # half the rows, and one column more
            stride = (2, 1) if keeps_columns else (2, 2)
            pads = (0, 1, 0, 1) if keeps_columns else (0, 0, 0, 0)
            x = max_pool(graph, f"pool{pool}", x, (2, 2), stride, pads)
    x = squeeze(graph, "columns/squeeze", x, [2])
    x = transpose(graph, "columns", x, [2, 0, 1])
    for number, outputs in enumerate((cells, classes), start=1):
        name = f"lstm{number}"
        parameters = LstmParameters.make(graph, name, x.shape[2], cells, directions=2)
        x = bidirectional_lstm(graph, name, x, parameters)
        x = sequence_linear(graph, f"linear{number}", x, outputs)
    graph.output(softmax(graph, "softmax", x))
    return graph


def lrcn() -> Graph:
    """An observer of what people do in videos (Donahue et al. 2014, arXiv 1411.4389): LRCN-fc6.

    16 frames, each through a network between CaffeNet and Zeiler and Fergus's up to its first fully
    connected layer, and one LSTM of 256 over them; the 101 scores are averaged over the frames
    (LisaAnne/lisa-caffe-public, examples/LRCN_activity_recognition/train_test_lstm_RGB.prototxt).
    """
    frames, cells, classes = 16, 256, 101
    graph = Graph("lrcn")
    x = graph.input("input", (frames, 3, 227, 227))
    # Channels, kernel, stride, padding, groups, and whether a pool and a norm follow.
    for number, (channels, kernel, stride, pad, groups, normed) in enumerate(
        (
            (96, 7, 2, 0, 1, True),
            (384, 5, 2, 0, 2, True),
            (512, 3, 1, 1, 1, False),
            (512, 3, 1, 1, 2, False),
            (384, 3, 1, 1, 2, False),
        ),
        start=1,
    ):
        name = f"conv{number}"
        pads = (pad, pad, pad, pad)
        x = conv(graph, name, x, channels, (kernel, kernel), (stride, stride), pads, groups, True)
        x = relu(graph, f"relu{number}", x)
        if normed:
            x = max_pool_ceil(graph, f"pool{number}", x, 3, 2)
            x = local_response_norm(graph, f"norm{number}", x, 5)
    x = flatten(graph, "flatten", max_pool_ceil(graph, "pool5", x, 3, 2))
    x = gemm(graph, "fc6", x, Linear.make(graph, "fc6", x.shape[1], 4096))
    x = unsqueeze(graph, "sequence", relu(graph, "relu6", x), 1)
    x = lstm(graph, "lstm", x, LstmParameters.make(graph, "lstm", x.shape[2], cells))
    x = sequence_linear(graph, "fc8", x, classes)
    x = softmax(graph, "softmax", x)
    graph.output(
        graph.node("ReduceMean", "average", [x], (1, classes), axes=[0], keepdims=0)
    )
    return graph


def _caption(graph: Graph, state: LstmState, parameters: LstmParameters) -> None:
    """The 20 words, each the likeliest behind the one before, as a Loop."""
    words, vocabulary, width = 20, 12_000, parameters.hidden
    scope = "words"
    table = graph.parameter("embedding/weight", (vocabulary, width), Role.EMBEDDING)
    output = Linear.make(graph, "output", width, vocabulary)
    first = graph.int64s("first_word", [1])

    body = loop_body(graph, scope, words)
    last_word = body.input(f"{scope}/last_word", (1,), TensorProto.INT64)
    before = LstmState(
        body.input(f"{scope}/h", state.hidden.shape), body.input(f"{scope}/c", state.cell.shape)
    )
    x = gather_rows(body, f"{scope}/embedding", table, last_word)
    x = unsqueeze_front(body, f"{scope}/embedding/unsqueeze", x)
    x, after = lstm_with_state(body, f"{scope}/lstm", x, parameters, before)
    x = squeeze(body, f"{scope}/row", x, [0])
    x = softmax(body, f"{scope}/softmax", gemm(body, f"{scope}/output", x, output))
    word = body.node(
        "ArgMax", f"{scope}/word", [x], (1,), TensorProto.INT64, axis=1, keepdims=0
    )
    collected = body.node("Identity", f"{scope}/collected", [word], (1,), TensorProto.INT64)
    for tensor in (word, after.hidden, after.cell, collected):
        body.output(tensor)
    caption = Tensor("caption", (words, 1), TensorProto.INT64)
    final = [
        Tensor(f"{scope}/final_word", (1,), TensorProto.INT64),
        Tensor(f"{scope}/final_h", state.hidden.shape),
        Tensor(f"{scope}/final_c", state.cell.shape),
    ]
    loop(graph, scope, words, [first, state.hidden, state.cell], body, [*final, caption])
    graph.output(caption)


def show_and_tell() -> Graph:
    """A writer of captions (Vinyals et al. 2014, arXiv 1411.4555), as released: im2txt.

    Inception v3 on 299 x 299, its average embedded in 512 as the first input of an LSTM of 512,
    then 20 words of 12 000, one after the other (tensorflow/models, research/im2txt:
    configuration.py, show_and_tell_model.py, inference_utils/caption_generator.py). Greedy, where
    im2txt follows 3 captions at a time. The number of the first word stands for any.
    """
    width = 512
    graph = Graph("show_and_tell")
    x = inception_v3_features(graph, graph.input("input", (1, 3, 299, 299)))
    x = flatten(graph, "flatten", global_average_pool(graph, "pool", x))
    weight = graph.parameter("image_embedding/weight", (x.shape[1], width), Role.WEIGHT)
    graph.count_macs(x.shape[1] * width)
    x = graph.node("MatMul", "image_embedding", [x, weight], (1, width))
    x = unsqueeze_front(graph, "image_embedding/unsqueeze", x)
    parameters = LstmParameters.make(graph, "lstm", width, width)
    zeros = graph.parameter("lstm/zero_state", (1, 1, width), Role.STATE)
    state = lstm_last_state(graph, "image", x, parameters, LstmState(zeros, zeros))
    _caption(graph, state, parameters)
    return graph
