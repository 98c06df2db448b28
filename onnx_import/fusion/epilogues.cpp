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
        const bool waits = reads_later(draft_.layers[i], *before);
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
  [[nodiscard]] std::optional<std::size_t> find_predecessor(const DraftLayer& follower) const {
    const std::vector<TensorId> inputs = joined_inputs(follower);
    if (follower.role == FusionRole::kNone) return std::nullopt;
    if (follower.role != FusionRole::kResidual && inputs.size() != 1) return std::nullopt;
    // Of a sum's operands any may do, whichever the file makes first: the choice is by their order
    // in the sum alone, so that it is the same for every order of the file's nodes.
    const auto found = std::find_if(inputs.rbegin(), inputs.rend(), [&](TensorId between) {
      return may_fuse_across(between, follower);
    });
    return found == inputs.rend() ? std::nullopt : writer_[found->index()];
  }

  /// Whether `follower` may be fused into the layer that writes `between`. Nobody else reads that,
  /// so that no other input of the follower can depend on it: fusing makes no cycle.
  [[nodiscard]] bool may_fuse_across(TensorId between, const DraftLayer& follower) const {
    const auto writer = writer_[between.index()];
    if (!writer || readers_[between.index()] != 1) return false;
    const DraftLayer& before = draft_.layers[*writer];
    const bool takes_epilogue =
        is_mac(before) || (std::holds_alternative<VectorWork>(before.layer.work) &&
                           follower.role != FusionRole::kResidual);
    if (!takes_epilogue || before.layer.outputs.size() != 1) return false;
    // Pre-activations at accumulator width meet again before anything else happens to them.
    if (draft_.tensor(between).accumulator_width) return false;
    // What a step from few bits reads was left in few bits on purpose: others may read it as it is.
    if (follower.role == FusionRole::kDequantize && is_quantized(between)) return false;
    return before.layer.recurrence == follower.layer.recurrence &&
           before.layer.time_batchable == follower.layer.time_batchable;
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

  /// Whether `follower` reads what is made behind the layer at `before`.
  [[nodiscard]] bool reads_later(const DraftLayer& follower, std::size_t before) const {
    return std::any_of(follower.layer.inputs.begin(), follower.layer.inputs.end(),
                       [&](TensorId id) { return writer_[id.index()] > before; });
  }

  /// Puts a layer where the last one that was fused into it stood: what this waits for is made in
  /// between, where nobody reads what the layer leaves.
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
