#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "accelerators/cost/layer_zeros.h"
#include "accelerators/cost/mapping_cache.h"
#include "accelerators/cost/vector_cost.h"
#include "accelerators/mapping/tile_stream.h"
#include "accelerators/precision/layer_formats.h"
#include "models/graph/graph.h"

namespace mensa::accelerators {

/// Which tensors of a layer stay on the accelerator that runs it.
struct LayerResidency {
  static constexpr std::size_t kMostInputs = 64;  ///< later ones are never on chip

  /// Bit i: Graph::activation_inputs(layer)[i] is in the activation buffer already.
  std::uint64_t inputs = 0;
  /// The outputs stay in the activation buffer.
  bool output = false;
  /// All parameters that an earlier inference left on the accelerator, this layer's among them. 0:
  /// it left none.
  base::Bytes kept_parameters{};

  /// What tensors of other layers take in the activation buffer meanwhile, where layers take turns
  /// time step by time step.
  base::Bytes others{};
  /// Parameters come at every time step, even where those of the whole recurrence would fit.
  bool refetches_parameters = false;

  [[nodiscard]] bool has_input(std::size_t position) const {
    return position < kMostInputs && ((inputs >> position) & 1U) != 0;
  }
  void add_input(std::size_t position) { inputs |= std::uint64_t{1} << position; }
  void drop_input(std::size_t position) { inputs &= ~(std::uint64_t{1} << position); }
  [[nodiscard]] bool keeps_parameters() const { return kept_parameters > base::Bytes(0); }

  auto operator<=>(const LayerResidency&) const = default;
};

/// One layer on one accelerator, all its time steps.
struct LayerEvaluation {
  LayerCost cost;      ///< of all runs, with the preload
  LayerCost run_cost;  ///< of one run
  /// Separate runs: the time steps, or 1 where they are batched or there is one.
  std::int64_t runs = 1;
  bool time_batched = false;
  /// Parameters loaded once before the first run and kept through all of them.
  base::Bytes preload;
  /// All parameters that stay on the accelerator through all runs, this layer's among them; 0: none
  /// do.
  base::Bytes held_parameters;
  std::optional<MacQuestion> question;  ///< of MAC work
  std::optional<Mapping> mapping;       ///< of MAC work
  /// Kept weights, where the cost is of these and not of as many spread evenly.
  std::shared_ptr<const models::WeightPattern> weight_pattern;
  std::optional<VectorQuestion> vector_question;  ///< of other work
  OperandBits bits;
  /// At which it computes, and the accumulators; of vector and move work what it asks for.
  FactorFormats factors;
  NumberFormat accumulators = NumberFormat::integer(32);
  std::optional<Precision> precision;  ///< of MAC work
  bool on_host = false;
};

using EvaluationResult = std::variant<LayerEvaluation, Infeasible>;

/// What no way to run a layer on an accelerator goes below: each by itself.
struct LeastCost {
  base::Seconds time;
  base::Picojoules energy;
};

/// Cost of every layer on every accelerator (and the host), computed when first asked for and
/// remembered; equal questions are mapped once. Holds references to graph and system. Not for use
/// by two threads at once; tables that share a MappingCache may each be used by a thread of its
/// own.
class CostTable {
 public:
  /// With mappings of its own, searched for as MapperOptions has it by default. `precisions`: of
  /// each layer of the graph, or none.
  CostTable(const models::Graph& graph, const System& system, Objective objective,
            LayerPrecisions precisions = {});
  /// On the system of the mappings.
  CostTable(const models::Graph& graph, Objective objective, std::shared_ptr<MappingCache> mappings,
            LayerPrecisions precisions = {});
  ~CostTable();
  CostTable(const CostTable&) = delete;
  CostTable& operator=(const CostTable&) = delete;

  [[nodiscard]] const models::Graph& graph() const { return graph_; }
  [[nodiscard]] const System& system() const { return system_; }
  [[nodiscard]] Objective objective() const { return objective_; }
  [[nodiscard]] Effort mapper() const { return mappings_->options().effort; }

  /// The id that stands for the host: one past the last accelerator.
  [[nodiscard]] AcceleratorId host() const { return AcceleratorId(system_.accelerators.size()); }
  /// "host" or the accelerator's name.
  [[nodiscard]] const std::string& name(AcceleratorId id) const;

  /// Somebody to be told of every layer that is about to be evaluated, which may take long; null:
  /// nobody.
  void tell_before_evaluation(std::function<void(models::LayerId)> listener);
  /// `Infeasible` where the layer does not run there, or not with that residency.
  [[nodiscard]] const EvaluationResult& evaluate(models::LayerId id, AcceleratorId accelerator,
                                                 const LayerResidency& residency = {});
  /// The same, null where infeasible.
  [[nodiscard]] const LayerEvaluation* find(models::LayerId layer, AcceleratorId accelerator,
                                            const LayerResidency& residency = {});

  /// Whatever stays on chip and however it is mapped; none where the layer does not run there. A
  /// closed formula (docs/cost-model.md), without a search.
  [[nodiscard]] std::optional<LeastCost> at_least(models::LayerId id, AcceleratorId accelerator);

  /// Whether all runs of a recurring layer on that accelerator are batched into one.
  [[nodiscard]] bool batches_over_time(const models::Layer& layer, AcceleratorId accelerator) const;
  /// Bytes of a tensor at the widths of that accelerator: all time steps, or one step where the
  /// tensor lives inside a recurrence.
  [[nodiscard]] base::Bytes tensor_bytes(models::TensorId id, AcceleratorId accelerator) const;
  /// Bytes of the parameters a layer reads, as they are stored on that accelerator, or in its DRAM.
  [[nodiscard]] base::Bytes parameter_bytes(const models::Layer& layer, AcceleratorId accelerator,
                                            Level level = Level::kBuffers) const;
  /// Bytes in DRAM over those of packed values, of an activation there.
  [[nodiscard]] double share_in_dram(models::TensorId activation, AcceleratorId accelerator) const;
  /// Formats of layers, and widths of their tensors. The host stores at those of the first
  /// accelerator, whatever it computes at.
  [[nodiscard]] const LayerFormats& formats() const { return formats_; }

 private:
  struct Memo;
  [[nodiscard]] EvaluationResult compute(const models::Layer& layer, AcceleratorId id,
                                         const LayerResidency& residency);
  /// `parameters`: all that are on the accelerator through all runs; 0: none are.
  [[nodiscard]] EvaluationResult compute_mac(const models::Layer& layer,
                                             const Accelerator& accelerator,
                                             const LayerResidency& residency,
                                             base::Bytes parameters);
  /// What the mapper is asked: an evaluation without mapping and cost.
  [[nodiscard]] EvaluationResult mac_question(const models::Layer& layer,
                                              const Accelerator& accelerator,
                                              const LayerResidency& residency,
                                              base::Bytes parameters) const;
  /// Stored widths of the operands of MAC work.
  [[nodiscard]] OperandBits mac_bits(const models::Layer& layer,
                                     const Accelerator& accelerator) const;
  [[nodiscard]] EvaluationResult compute_vector(const models::Layer& layer, AcceleratorId id,
                                                const LayerResidency& residency,
                                                base::Bytes parameters);
  [[nodiscard]] base::Bytes joint_parameters(const models::Layer& layer,
                                             const Accelerator& accelerator) const;

  /// Of an activation whose values take so much packed.
  [[nodiscard]] base::Bytes bytes_in_dram(base::Bytes packed, models::TensorId activation,
                                          AcceleratorId accelerator) const;

  const models::Graph& graph_;
  std::shared_ptr<MappingCache> mappings_;
  const System& system_;
  Objective objective_;
  LayerFormats formats_;
  std::unique_ptr<LayerZeros> zeros_;
  std::unique_ptr<Memo> memo_;
  std::function<void(models::LayerId)> listener_;
};

/// What the simulator plays for one run of an evaluated layer: at most `limit` coalesced steps.
[[nodiscard]] std::vector<TileStep> run_stream(const System& system, const LayerEvaluation& layer,
                                               AcceleratorId accelerator, std::size_t limit);

}  // namespace mensa::accelerators
