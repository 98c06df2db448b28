#pragma once

namespace mensa::cli {

// What stands below the options in the help texts.

inline constexpr const char* kMainExamples =
    "Examples:\n"
    "  mensa simulate mobilenet_v2\n"
    "  mensa simulate my_model.onnx --system edge_tpu --out reports\n"
    "  mensa list models\n"
    "  mensa simulate --help\n";

inline constexpr const char* kSimulateExamples =
    "Examples:\n"
    "  mensa simulate mobilenet_v2\n"
    "      the report as a table, on the system mensa_g\n"
    "  mensa simulate resnet50 --system edge_tpu --format json > resnet50.json\n"
    "  mensa simulate resnet50 --policy single:pascal --objective latency\n"
    "  mensa simulate rnnt --param accelerators.pavlov.pe_array=16x16 --out reports\n"
    "      rnnt.mensa_g.mensa.{txt,csv,json} in the folder reports\n"
    "  mensa simulate ds_cnn mobilenet_v2 resnet50 --out reports\n"
    "      three models, at the same time where there are cores for it\n"
    "  mensa simulate bert.onnx --set sequence=128 --batch 4\n"
    "  mensa simulate my_model.onnx --prune 0.7\n"
    "      as if 70 % of each layer's weights were zero\n"
    "  mensa simulate resnet50 --system precision_array --precision w4a8\n"
    "      at 4-bit weights and 8-bit activations\n"
    "  mensa simulate resnet50 --mapper fast\n"
    "      a first look, sooner\n"
    "  mensa simulate resnet50 --inferences 100 --concurrency layers\n"
    "      the throughput of a stream, pipelined across accelerators\n"
    "  mensa simulate resnet50 --uncertainty 200\n"
    "      how far to trust the figures: what the constants' ranges make of them\n"
    "  mensa simulate mobilenet_v2 --format perfetto > run.json\n"
    "      every tile, transfer and stall, for ui.perfetto.dev\n";

inline constexpr const char* kExploreExamples =
    "Examples:\n"
    "  mensa explore space.yaml --check\n"
    "      what is wrong with the space; else its size, and how long it takes\n"
    "  mensa explore space.yaml --points 2000\n"
    "      the space's search, every point stored in NAME.study\n"
    "  mensa explore space.yaml --points 5000 --resume\n"
    "      goes on where it ended, whatever ended it\n"
    "  mensa explore space.yaml --search sobol --seed 7 --study sobol7.study --time '10 min'\n"
    "  mensa explore space.yaml --resume --verify-top 10\n"
    "      simulates the best of a study\n"
    "  mpirun -n 16 mensa explore space.yaml --points 100000\n"
    "      one process chooses and stores, the others evaluate: docs/cluster.md\n"
    "  mensa study NAME.study show\n"
    "      what was found: see 'mensa study --help'\n";

inline constexpr const char* kStudyExamples =
    "Examples:\n"
    "  mensa study phone.study show\n"
    "      counts, what rejects points, which parameters matter\n"
    "  mensa study phone.study pareto\n"
    "  mensa study phone.study best --by throughput_per_area -n 5\n"
    "  mensa study phone.study show 630\n"
    "      everything of point 630\n"
    "  mensa study phone.study list --status infeasible --limit 20\n"
    "  mensa study phone.study export --format csv --out phone.csv\n"
    "  mensa study phone.study system 630 --out best.yaml\n"
    "      for --system of other commands\n"
    "  mensa study phone.study plot --x area --y edp --out front.svg\n"
    "Metrics:\n"
    "  area, peak_power, bandwidth, buffers, pes, accelerators: of the system\n"
    "  latency, energy, edp, power, throughput, throughput_per_area, deadline_misses: of the mix\n"
    "  of models\n";

inline constexpr const char* kCompareExamples =
    "Examples:\n"
    "  mensa compare mobilenet_v2 resnet50 --systems mensa_g,edge_tpu --policies mensa,greedy\n"
    "  mensa compare rnnt --policies mensa,mensa:compute_ratio=4,reuse=16,single:pavlov\n"
    "      three policies: options of one may stand behind commas\n"
    "  mensa compare lstm_acoustic --objective latency --format json --out lstm.json\n"
    "  mensa compare ds_cnn mobilenet_v2 --format csv > figures.csv\n";

inline constexpr const char* kExplainExamples =
    "Examples:\n"
    "  mensa explain mobilenet_v2 --layer classifier\n"
    "  mensa explain mobilenet_v2 --layer classifier --policy greedy --objective latency\n"
    "  mensa explain lstm_acoustic --layer layer1/lstm\n"
    "      all layers that the node became\n"
    "  mensa explain resnet50 --layer fc --policy optimal --format json\n";

inline constexpr const char* kWorkloadExamples =
    "Examples:\n"
    "  mensa workload phone.yaml\n"
    "  mensa workload phone.yaml --system edge_tpu --format json\n"
    "A file:\n"
    "  schema: mensa-workload/1\n"
    "  models:\n"
    "    camera: {model: mobilenet_v2, period: 33 ms, inferences: 30, deadline: 33 ms}\n"
    "    voice: {model: ds_cnn, arrivals: [0 ms, 12 ms, 40 ms]}\n";

inline constexpr const char* kDesignExamples =
    "Examples:\n"
    "  mensa design mobilenet_v2 --area '2 mm2'\n"
    "  mensa design mobilenet_v2 rnnt --area mensa_g --out designs\n"
    "      at the area of mensa_g: designs/design_mobilenet_v2-rnnt.{txt,json,yaml}\n"
    "  mensa simulate rnnt --system designs/design_mobilenet_v2-rnnt.yaml\n"
    "  mensa design resnet50 --area '10 mm2' --power '4 W' --port-area stack.logic_layer='1 mm2'\n"
    "      at most 1 mm2 of it in the memory's logic layer\n"
    "  mensa design ds_cnn --area '1 mm2' --system mensa_g,edge_tpu --accelerators 2\n"
    "      with the memories of whichever is better\n"
    "  mensa design resnet50 --objective latency --effort quick --format yaml > fast.yaml\n";

inline constexpr const char* kInspectExamples =
    "Examples:\n"
    "  mensa inspect mobilenet_v2\n"
    "  mensa inspect my_model.onnx --set sequence=128\n"
    "  mensa inspect detector.onnx --input image=1x3x640x640 --constant threshold=0.5\n"
    "  mensa inspect vad.onnx --branch If_0=then --unsupported host\n"
    "  mensa inspect resnet50 --format json > layers.json\n"
    "  mensa inspect my_model.onnx --prune 2:4 --layers '^encoder'\n"
    "      with fewer weights, as if it had been pruned\n"
    "  mensa inspect rnnt --traits\n"
    "  mensa inspect lstm_acoustic --format dot | dot -Tsvg > layers.svg\n";

inline constexpr const char* kClusterExamples =
    "Examples:\n"
    "  mensa cluster mobilenet_v2 rnnt\n"
    "      the papers' five layer families\n"
    "  mensa cluster mobilenet_v2 resnet50 rnnt --clusters kmeans --out clusters\n"
    "      clusters.mensa_g.kmeans.{txt,json,svg,yaml} in the folder clusters\n"
    "  mensa cluster resnet50 rnnt --clusters kmeans:k=5,seed=1 --format svg > layers.svg\n"
    "  mensa cluster resnet50 rnnt --system mensa_g --save-driver driver.yaml\n"
    "  mensa simulate resnet50 --policy mensa:driver=driver.yaml\n"
    "      places layers by that table\n";

inline constexpr const char* kProfileExamples =
    "Examples:\n"
    "  mensa profile my_model.onnx --inputs images --output my_model.densities.yaml\n"
    "      images/0/input_0.npy, images/1/input_0.npy, ...: a folder for each run\n"
    "  mensa profile my_model.onnx --inputs random:8 --seed 1 > random.yaml\n"
    "  mensa simulate my_model.onnx --densities my_model.densities.yaml\n";

inline constexpr const char* kCheckExamples =
    "Examples:\n"
    "  mensa check my_system.yaml\n"
    "  mensa check mensa_g > my_system.yaml\n"
    "      a copy to start from, with all that it refers to\n"
    "  mensa check mensa_g --param accelerators.pascal.clock=500MHz\n";

inline constexpr const char* kMapExamples =
    "Examples:\n"
    "  mensa map --shape K=64,C=64,P=56,Q=56,R=3,S=3,pad=1 --accelerator pascal\n"
    "  mensa map --shape G=384,P=14,Q=14,R=3,S=3,pad=1 --accelerator jacquard --save dw.yaml\n"
    "  mensa map --shape G=384,P=14,Q=14,R=3,S=3,pad=1 --accelerator jacquard --mapping dw.yaml\n"
    "  mensa map --shape P=121,K=384,C=2304 --system systolic_ideal --format json \\\n"
    "      --param accelerators.systolic.dataflow=weight_stationary\n"
    "  mensa map --shape K=8,C=8,P=8,Q=8,stride=2 --accelerator pascal --mapper exhaustive\n"
    "  mensa map --shape K=8,C=8,P=8,Q=8,stride=2 --accelerator pascal --bounding-box\n"
    "      inputs counted as Timeloop counts them\n";

inline constexpr const char* kListExamples =
    "Examples:\n"
    "  mensa list models\n"
    "  mensa list systems\n";

}  // namespace mensa::cli
