#pragma once

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "accelerators/cost/mac_cost.h"
#include "accelerators/spec/loader.h"

namespace mensa::accelerators::test {

/// A random system of the library with one of its accelerators cut down to a few PEs, bytes and
/// bytes per cycle, and a random layer of at most `most_macs` MACs: small enough to try every
/// mapping.
struct SmallProblem {
  System system;
  std::size_t accelerator = 0;
  MacQuestion question;
};

class SmallProblems {
 public:
  SmallProblems(const std::string& system, const std::string& accelerator,
                const ParameterOverrides& values, std::uint64_t seed, std::int64_t most_macs)
      : system_(load_system(system, values)),
        accelerator_(system_.accelerator(accelerator).id.index()),
        random_(seed),
        most_macs_(most_macs) {}

  /// From now on the accelerators make something of zeros, which the layers have.
  void make_sparse() { sparse_ = true; }

  SmallProblem next() {
    SmallProblem problem{system_, accelerator_, {}};
    cut_down(problem.system.accelerators[accelerator_]);
    if (sparse_) add_zeros(problem);
    problem.question.shape = shape();
    if (pick(0, 3) == 0) problem.question.resident.inputs = true;
    if (pick(0, 3) == 0) problem.question.resident.outputs = true;
    if (pick(0, 3) == 0) problem.question.reserved_activations = base::Bytes(pick(0, 50));
    if (pick(0, 3) == 0) {
      problem.question.tail.operations = pick(1, 2000);
      problem.question.tail.streamed_operands = static_cast<int>(pick(0, 1));
    }
    if (pick(0, 3) == 0) {
      problem.question.bits = {4, 4, 4, 16};
    } else if (pick(0, 3) == 0) {
      problem.question.bits.outputs = 32;
    }
    return problem;
  }

 private:
  std::int64_t pick(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
  }

  void cut_down(Accelerator& accelerator) {
    accelerator.rows = pick(1, 6);
    accelerator.columns = pick(1, 6);
    for (Buffer& buffer : accelerator.buffers) {
      buffer.capacity = base::Bytes(pick(20, 400));
      buffer.banks = 1;
      buffer.width = base::Bytes(pick(1, 16));
    }
    for (base::Bytes& capacity : accelerator.registers.capacity) {
      if (capacity.value() > 4) capacity = base::Bytes(pick(4, 24));
    }
  }

  void add_zeros(SmallProblem& problem) {
    Accelerator& accelerator = problem.system.accelerators[accelerator_];
    constexpr std::array kFormats = {StorageFormat::kDense, StorageFormat::kBitmask,
                                     StorageFormat::kRunLength, StorageFormat::kCsr,
                                     StorageFormat::kCsc};
    constexpr std::array kActions = {ZeroAction::kNone, ZeroAction::kGate, ZeroAction::kSkip};
    constexpr std::array kLevels = {Level::kDram, Level::kBuffers, Level::kRegisters};
    const auto one_of = [&](const auto& values) {
      return values[static_cast<std::size_t>(pick(0, std::ssize(values) - 1))];
    };
    Sparsity& sparsity = accelerator.sparsity;
    for (const models::MacOperand operand : models::kAllMacOperands) {
      OperandSparsity& its = sparsity.operands[models::index(operand)];
      its.format = one_of(kFormats);
      if (its.format == StorageFormat::kRunLength) its.index_bits = 3;
      its.pointer_bits = 5;
      problem.question.zeros[models::index(operand)].density = static_cast<double>(pick(1, 8)) / 8;
      if (operand == models::MacOperand::kOutputs) continue;
      its.compressed_to = one_of(kLevels);
      its.buffers = one_of(kActions);
      its.registers = one_of(kActions);
      its.macs = one_of(kActions);
      if (accelerator.dataflow.systolic() && its.macs == ZeroAction::kSkip) {
        its.macs = ZeroAction::kGate;
      }
    }
    sparsity.matching = Matching::kTwoSided;
    sparsity.positions_per_cycle = static_cast<double>(pick(0, 2));
    sparsity.stealing_group = pick(1, 2);
  }

  models::ProblemShape shape() {
    using models::Dim;
    using models::index;
    models::ProblemShape shape;
    std::int64_t macs = 1;
    const auto set = [&](Dim dim, std::int64_t most) {
      const std::int64_t bound = pick(1, most);
      if (macs * bound > most_macs_) return;
      macs *= bound;
      shape.bounds[index(dim)] = bound;
    };
    std::vector<std::pair<Dim, std::int64_t>> dims = {{Dim::K, 9}, {Dim::C, 9}, {Dim::P, 7},
                                                      {Dim::Q, 7}, {Dim::R, 3}, {Dim::S, 3}};
    std::shuffle(dims.begin(), dims.end(), random_);
    for (const auto& [dim, most] : dims) set(dim, most);
    if (pick(0, 3) == 0) set(Dim::G, 4);
    if (pick(0, 3) == 0) set(Dim::N, 3);
    for (const std::size_t axis : {std::size_t{1}, std::size_t{2}}) {
      const auto [output, kernel] = models::kSlidingAxes[axis];
      shape.stride[axis] = pick(1, 2);
      shape.dilation[axis] = pick(0, 3) == 0 ? 2 : 1;
      shape.pad_begin[axis] = pick(0, 1) * (shape.bound(kernel) / 2);
      shape.input_size[axis] = std::max<std::int64_t>(
          1, (shape.bound(output) - 1) * shape.stride[axis] +
                 (shape.bound(kernel) - 1) * shape.dilation[axis] + 1 - 2 * shape.pad_begin[axis]);
    }
    return shape;
  }

  System system_;
  std::size_t accelerator_;
  std::mt19937_64 random_;
  std::int64_t most_macs_;
  bool sparse_ = false;
};

}  // namespace mensa::accelerators::test
