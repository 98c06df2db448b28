"""The recurrent networks of the catalogue: sources, and the figures that must come out.

ONNX's LSTM has two biases for each gate; most sources count one.
"""

from __future__ import annotations

from zoo import acoustic_models, language_models, recurrent_cnns, transducers
from zoo.graph import Counts
from zoo.network import Figure, Network


def _parameters(value: float, tolerance: float, second_biases: int = 0, other: int = 0) -> Figure:
    """All parameters but the second bias of each gate and `other` that the source has not."""
    return Figure(
        "parameters",
        value,
        lambda counts: counts.parameters - second_biases - other,
        tolerance,
    )


def _inception_v3_parameters(counts: Counts) -> float:
    """Those of the captions' encoder as Keras counts them: no scales, but 1000 classes."""
    embedding, lstm, output = 2048 * 512, 2 * 4 * 512 * 512, 512 * 12_000
    classifier = 2048 * 1000 + 1000
    convolutions = counts.weights - embedding - lstm - output
    return convolutions + counts.batch_norm * 3 / 4 + classifier


NETWORKS = (
    Network(
        acoustic_models.lstm_acoustic,
        "LSTM acoustic model 5 x 500",
        "arXiv 1603.03185, Personalized Speech Recognition on Mobile Devices",
        "The network before the paper's SVD compression. 320 inputs (taken as 8 stacked frames of "
        "40 log-mel energies) and 42 outputs are from TensorFlow Lite's description of the "
        "acoustic model after this paper. Assumed: no peepholes, no projection; 100 frames are "
        "the zoo's choice. ONNX has two biases for each gate (20,000 elements here, where a "
        "framework with one bias has 10,000).",
    ),
    Network(
        language_models.lstm_keyboard,
        "Keyboard's next-word model, CIFG 670",
        "arXiv 1811.03604, Federated Learning for Mobile Keyboard Prediction",
        "1.4 M parameters; 670 units, embedding of 96, 10,000 words (as reviews of the paper have "
        "it). That the output has the embedding's matrix, more than two thirds of all parameters, "
        "and that the layer is projected on the embedding's width is recalled. Assumed: the "
        "projection is what recurs (2.6 M parameters if the cells did), no peepholes, no bias of "
        "the output. Three gates of four, as explicit steps: ONNX's LSTM with "
        "input_forget has four. 20 words are the zoo's choice.",
        (_parameters(1.4e6, 0.036),),
    ),
    Network(
        language_models.lstm_ptb_medium,
        "Language model of the Penn Treebank, medium, 2 x 650",
        "arXiv 1409.2329, Recurrent Neural Network Regularization; tensorflow/models, "
        "tutorials/rnn/ptb, MediumConfig",
        "20 M parameters in later papers' comparisons (takase.github.io/lm_performance); "
        "19,775,200 with one bias for each gate. 35 words are the unrolled steps of the training.",
        (_parameters(20e6, 0.025, 2 * 4 * 650),),
    ),
    Network(
        acoustic_models.deepspeech,
        "DeepSpeech 0.9",
        "mozilla/DeepSpeech, training/deepspeech_training/deepspeech_model.py, after arXiv "
        "1412.5567, Deep Speech: Scaling up end-to-end speech recognition",
        "47.2 M parameters and 0.0472 x 10^9 MACs a frame in OpenVINO's Open Model Zoo, "
        "mozilla-deepspeech-0.8.2, which is the same topology; deepspeech-0.9.3-models.pbmm has "
        "188,915,987 bytes, 4 for each of 47,224,861 parameters and 16.5 KB more. Without the "
        "cepstral coefficients and the decoder's language model. The release is called on 16 "
        "frames at a time, with the state; 100 frames, with their context, are the zoo's choice.",
        (
            _parameters(47.2e6, 0.001, 4 * 2048),
            _parameters(188_915_987 / 4, 0.0001, 4 * 2048),
            Figure("MACs of a frame", 0.0472e9, lambda counts: counts.macs / 100, 0.001),
        ),
    ),
    Network(
        transducers.rnnt,
        "RNN-T of MLPerf Inference",
        "arXiv 1811.06621, Streaming End-to-end Speech Recognition for Mobile Devices; as changed "
        "in mlcommons/inference, speech_recognition/rnnt",
        "45.3 M parameters. Here the embedding has a row for blank too (320 elements more), which "
        "starts the decoding; MLPerf starts from a zero vector.",
        (_parameters(45.3e6, 0.0011, other=320),),
    ),
    Network(
        transducers.rnnt_mobile,
        "Streaming RNN-T for phones, word pieces",
        "arXiv 1811.06621, Streaming End-to-end Speech Recognition for Mobile Devices",
        "120 M parameters with 4,096 word pieces, 117 M with graphemes (dimensions and counts "
        "from an implementation's notes on the paper, and MLPerf's; 320 inputs recalled). "
        "Assumed: an embedding of 128, with which both counts come out, blank among the 4,096, no "
        "peepholes. Left out: the layer normalization of each LSTM, as its place in the cell is "
        "not known. Projected LSTMs are explicit steps, ONNX's operator has no projection. 6 s "
        "and 20 word pieces are the zoo's choice.",
        (_parameters(120e6, 0.0042),),
    ),
    Network(
        transducers.rnnt_timit,
        "Transducer of TIMIT's phonemes, 3 x 250 bidirectional",
        "arXiv 1303.5778, Speech Recognition with Deep Recurrent Neural Networks, Trans-3l-250h "
        "(recalled)",
        "4.3 M weights (Table 1, recalled); 4,335,312 with one bias for each gate. Assumed: the "
        "linear layer on frames in front of the joint network has 250 outputs. 300 frames and 36 "
        "symbols are the zoo's choice.",
        (_parameters(4.3e6, 0.0116, 7 * 4 * 250),),
    ),
    Network(
        transducers.rnnt_timit_small,
        "Transducer of TIMIT's phonemes, 128 cells",
        "arXiv 1211.3711, Sequence Transduction with Recurrent Neural Networks, section 3.2 "
        "(recalled)",
        "261,328 weights (recalled), which is met with one bias for each gate. 300 frames and 36 "
        "symbols are the zoo's choice.",
        (_parameters(261_328, 0, 3 * 4 * 128),),
    ),
    Network(
        recurrent_cnns.crnn,
        "CRNN, 32 x 100",
        "arXiv 1507.05717, An End-to-End Trainable Neural Network for Image-based Sequence "
        "Recognition; meijieru/crnn.pytorch, models/crnn.py",
        "8.3 M parameters (recalled). With scale and shift alone the file has 8,331,301.",
        (
            Figure(
                "trained parameters",
                8.3e6,
                lambda counts: counts.parameters - counts.batch_norm / 2,
                0.006,
            ),
        ),
    ),
    Network(
        recurrent_cnns.lrcn,
        "LRCN for activities, RGB, fc6 and LSTM of 256",
        "arXiv 1411.4389, Long-term Recurrent Convolutional Networks; LisaAnne/lisa-caffe-public, "
        "examples/LRCN_activity_recognition/train_test_lstm_RGB.prototxt",
        "Layers are those of the authors' file; no published count is known. 16 frames are its "
        "clip.",
    ),
    Network(
        recurrent_cnns.show_and_tell,
        "Show and Tell, as im2txt",
        "arXiv 1411.4555, Show and Tell: A Neural Image Caption Generator; tensorflow/models, "
        "research/im2txt",
        "Of the encoder: Keras counts 23,851,784 in Inception v3, with 1,000 classes and without "
        "the batch norms' scales, which is met. Its paper (arXiv 1512.00567) has 5 x 10^9 "
        "multiply-adds and less than 25 M parameters, where the file's convolutions have "
        "5.711 x 10^9 MACs. Vocabulary of 12,000 and up to 20 words are im2txt's defaults; greedy, "
        "where it keeps 3 captions.",
        (Figure("parameters of Inception v3", 23_851_784, _inception_v3_parameters, 0),),
    ),
)
