#include "onnx_import/fusion/epilogues.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace mensa::onnx_import {
namespace {

using models::Epilogue;
using models::TensorId;
using models::VectorWork;

/// Wider integers are accumulators.
constexpr int kMostQuantizedBits = 16;

/// What can still be folded into the constants of a layer.
struct Linear {
  bool open = false;      ///< everything so far is a scale or shift per channel
  bool has_bias = false;  ///< a shift costs nothing more
};

class Fuser {
 public:
  explicit Fuser(Draft& draft)
      : draft_(draft),
        readers_(draft.tensors.size()),
        writer_(draft.tensors.size()),
        linear_(draft.layers.size()),
        fused_(draft.layers.size()) {
    count_readers();
  }

  void run() {
    for (std::size_t i = 0; i < draft_.layers.size(); ++i) {
      if (const auto before = find_predecessor(draft_.layers[i])) {
        const bool waits = draft_.layers[i].role == FusionRole::kScaleByOne;
        fuse(*before, i);
        fused_[i] = true;
        if (waits) move_back(*before, i);
      } else {
        linear_[i] = linear_start(draft_.layers[i]);
      }
      const std::size_t writer = fused_[i] ? *last_fused_into_ : i;
      for (const TensorId id : draft_.layers[i].layer.outputs) writer_[id.index()] = writer;
    }
    std::size_t at = 0;
    std::erase_if(draft_.layers, [&](const DraftLayer&) { return fused_[at++]; });
  }

 private:
  void count_readers() {
    const auto read = [&](const std::vector<TensorId>& ids) {
      for (const TensorId id : ids) ++readers_[id.index()];
    };
    for (const DraftLayer& entry : draft_.layers) {
      read(entry.layer.inputs);
      for (const Epilogue& fused : entry.layer.epilogue) read(fused.extra_inputs);
    }
    read(draft_.outputs);
    for (const models::Tensor& tensor : draft_.tensors) {
      if (!tensor.recurrent_state) continue;
      if (tensor.recurrent_state->initial) ++readers_[tensor.recurrent_state->initial->index()];
      if (tensor.recurrent_state->next) ++readers_[tensor.recurrent_state->next->index()];
    }
  }

  static bool is_mac(const DraftLayer& entry) {
    return std::holds_alternative<models::MacWork>(entry.layer.work);
  }

  static Linear linear_start(const DraftLayer& entry) {
    if (entry.role == FusionRole::kBatchNorm) return {true, true};
    if (!is_mac(entry) || entry.layer.parameters.empty()) return {};
    // A MAC layer's own epilogue so far is its bias; one that is computed cannot be folded into.
    const bool constant_bias =
        std::all_of(entry.layer.epilogue.begin(), entry.layer.epilogue.end(),
                    [](const Epilogue& fused) { return fused.extra_inputs.empty(); });
    return {constant_bias, !entry.layer.epilogue.empty()};
  }

  /// The layer that `follower` may be fused into.
  std::optional<std::size_t> find_predecessor(const DraftLayer& follower) const {
    const std::vector<TensorId> inputs = joined_inputs(follower);
    if (follower.role == FusionRole::kNone || inputs.empty()) return std::nullopt;
    if (follower.role != FusionRole::kResidual && inputs.size() != 1) return std::nullopt;
    std::optional<std::size_t> last;
    for (const TensorId id : inputs) last = std::max(last, writer_of(id, follower));
    if (!last) return std::nullopt;
    const DraftLayer& before = draft_.layers[*last];
    const bool takes_epilogue =
        is_mac(before) || (std::holds_alternative<VectorWork>(before.layer.work) &&
                           follower.role != FusionRole::kResidual);
    if (!takes_epilogue || before.layer.outputs.size() != 1) return std::nullopt;
    const TensorId between = before.layer.outputs.front();
    if (readers_[between.index()] != 1 ||
        std::find(inputs.begin(), inputs.end(), between) == inputs.end()) {
      return std::nullopt;
    }
    // Pre-activations at accumulator width meet again before anything else happens to them.
    if (draft_.tensor(between).accumulator_width) return std::nullopt;
    // What a step from few bits reads was left in few bits on purpose: others may read it as it is.
    if (follower.role == FusionRole::kDequantize && is_quantized(between)) return std::nullopt;
    if (before.layer.recurrence != follower.layer.recurrence ||
        before.layer.time_batchable != follower.layer.time_batchable) {
      return std::nullopt;
    }
    return last;
  }

  /// What the layer before may leave.
  [[nodiscard]] std::vector<TensorId> joined_inputs(const DraftLayer& follower) const {
    std::vector<TensorId> inputs = follower.layer.inputs;
    if (follower.role == FusionRole::kScaleByOne) {
      std::erase_if(inputs, [&](TensorId id) { return draft_.tensor(id).elements() == 1; });
    }
    return inputs;
  }

  [[nodiscard]] bool is_quantized(TensorId id) const {
    return models::bits(draft_.tensor(id).type) <= kMostQuantizedBits;
  }

  /// A sum reads the integers behind a step to floats: that is no layer to be fused into.
  [[nodiscard]] std::optional<std::size_t> writer_of(TensorId id,
                                                     const DraftLayer& follower) const {
    const auto writer = writer_[id.index()];
    if (!writer || follower.role != FusionRole::kResidual) return writer;
    const DraftLayer& before = draft_.layers[*writer];
    if (before.role != FusionRole::kDequantize || !before.layer.epilogue.empty()) return writer;
    return writer_[before.layer.inputs.front().index()];
  }

  void fuse(std::size_t before_index, std::size_t follower_index) {
    DraftLayer& before = draft_.layers[before_index];
    DraftLayer& follower = draft_.layers[follower_index];
    Linear& linear = linear_[before_index];
    Epilogue epilogue;
    epilogue.op = follower.layer.op;
    epilogue.node = draft_.groups[follower.layer.group.index()];
    epilogue.work = std::get<VectorWork>(follower.layer.work);
    epilogue.parameters = follower.layer.parameters;
    epilogue.merged = follower.layer.merged;
    const TensorId between = before.layer.outputs.front();
    for (const TensorId id : follower.layer.inputs) {
      if (id != between) epilogue.extra_inputs.push_back(id);
    }
    const bool one_for_all = follower.channels.extent == 1;
    const bool folds = linear.open && (one_for_all || follower.channels == before.channels);
    if (folds && follower.role == FusionRole::kScale) {
      drop_work(epilogue);
    } else if (folds &&
               (follower.role == FusionRole::kShift || follower.role == FusionRole::kBatchNorm)) {
      if (linear.has_bias) {
        drop_work(epilogue);
      } else {
        epilogue.work.operations_per_element = 1;
        if (follower.role == FusionRole::kBatchNorm) {
          epilogue.parameters = {follower.layer.parameters.back()};  // the shift
        }
      }
      // A shift by one value for all is an immediate: there is no bias yet to fold into.
      linear.has_bias = linear.has_bias || !epilogue.parameters.empty();
    } else {
      linear.open = false;
    }
    if (follower.role == FusionRole::kQuantize) before.quantized_at = before.layer.epilogue.size();
    before.layer.epilogue.push_back(std::move(epilogue));
    // What was fused into the follower before stays behind it.
    std::move(follower.layer.epilogue.begin(), follower.layer.epilogue.end(),
              std::back_inserter(before.layer.epilogue));
    before.layer.outputs = follower.layer.outputs;
    last_fused_into_ = before_index;
  }

  /// Puts a layer where the last one that was fused into it stood: the number that this waits for
  /// may be made in between, where nobody reads what the layer leaves.
  void move_back(std::size_t from, std::size_t to) {
    std::swap(draft_.layers[from], draft_.layers[to]);
    std::swap(linear_[from], linear_[to]);
    fused_[from] = true;
    fused_[to] = false;
    last_fused_into_ = to;
  }

  static void drop_work(Epilogue& epilogue) {
    epilogue.work.operations_per_element = 0;
    epilogue.parameters.clear();
  }

  Draft& draft_;
  std::vector<int> readers_;
  std::vector<std::optional<std::size_t>> writer_;
  std::vector<Linear> linear_;
  std::vector<bool> fused_;
  std::optional<std::size_t> last_fused_into_;
};

}  // namespace

void fuse_epilogues(Draft& draft) { Fuser(draft).run(); }

}  // namespace mensa::onnx_import
