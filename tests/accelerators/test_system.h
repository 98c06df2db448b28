#pragma once

#include <string>
#include <vector>

#include "accelerators/mapping/mapping.h"
#include "accelerators/spec/system.h"

namespace mensa::accelerators::test {

template <class Q>
Sourced<Q> given(double value) {
  return {Q(static_cast<typename Q::rep>(value)), Q(static_cast<typename Q::rep>(value)),
          Q(static_cast<typename Q::rep>(value)), "made up for tests", "-"};
}

/// Technology with round numbers: a MAC costs 1 pJ, a register byte 0.5 pJ, a buffer byte 2 pJ.
inline Technology simple_technology() {
  Technology technology;
  technology.name = "test";
  constexpr NumberFormat kInt8 = NumberFormat::integer(8);
  constexpr NumberFormat kInt32 = NumberFormat::integer(32);
  technology.mac = {{kInt8, kInt8, given<base::Picojoules>(1)},
                    {kInt32, kInt32, given<base::Picojoules>(4)}};
  technology.registers = {{base::Bytes(1), given<base::Picojoules>(0.5)}};
  technology.vector_operation = given<base::Picojoules>(1);
  technology.network_hop_per_byte = given<base::Picojoules>(0);
  technology.pe_leakage = given<base::Watts>(0);
  technology.pe_area = given<base::SquareMillimetres>(0.001);
  const auto macro = [](std::int64_t kib, std::int64_t width) {
    return SramPoint{base::Bytes(kib * 1024),
                     base::Bytes(width),
                     base::Seconds(1e-10),
                     base::Picojoules(2.0 * static_cast<double>(width)),
                     base::Picojoules(2.0 * static_cast<double>(width)),
                     base::Watts(1e-3),
                     base::SquareMillimetres(0.01)};
  };
  technology.sram = SramTable({macro(8, 8), macro(8, 64), macro(4096, 8), macro(4096, 64)});
  return technology;
}

/// One accelerator at one memory of 1 byte per cycle and 10 pJ per byte: no latency, no static
/// power.
inline System simple_system(Accelerator accelerator, double bytes_per_second = 1e9) {
  System system;
  system.name = "test";
  system.technology = simple_technology();
  Memory memory;
  memory.name = "dram";
  memory.bandwidth = base::BytesPerSecond(bytes_per_second);
  memory.burst = base::Bytes(1);
  memory.ports = {PortId(0)};
  system.memories = {memory};
  MemoryPort port;
  port.name = "port";
  port.bandwidth = base::BytesPerSecond(bytes_per_second);
  port.energy_per_bit = given<base::Picojoules>(1.25);
  system.ports = {port};
  accelerator.id = AcceleratorId(0);
  accelerator.port = PortId(0);
  system.accelerators = {std::move(accelerator)};
  system.host.operations_per_second = 1e9;
  system.host.energy_per_operation = given<base::Picojoules>(10);
  return system;
}

/// 1 GHz, one MAC per PE, a 64 KiB weight and a 64 KiB activation buffer of 1 KiB per cycle, one
/// value of each operand in a PE. Weights, inputs and outputs travel by multicast and reduction.
inline Accelerator simple_accelerator(std::int64_t rows, std::int64_t columns,
                                      std::vector<models::Dim> row_dims,
                                      std::vector<models::Dim> column_dims,
                                      models::MacOperand stationary) {
  using models::MacOperand;
  Accelerator accelerator;
  accelerator.name = "array";
  accelerator.rows = rows;
  accelerator.columns = columns;
  accelerator.clock = base::Hertz(1e9);
  accelerator.dataflow.name = "test";
  accelerator.dataflow.row_dims = std::move(row_dims);
  accelerator.dataflow.column_dims = std::move(column_dims);
  accelerator.dataflow.stationary = stationary;
  accelerator.dataflow.movement = {Movement::kMulticast, Movement::kMulticast, Movement::kReduced};
  accelerator.buffers = {
      {"weights", base::Bytes(64 * 1024), {MacOperand::kWeights}, 16, base::Bytes(64)},
      {"activations",
       base::Bytes(64 * 1024),
       {MacOperand::kInputs, MacOperand::kOutputs},
       16,
       base::Bytes(64)}};
  accelerator.registers.capacity = {base::Bytes(1), base::Bytes(1), base::Bytes(4)};
  accelerator.precisions = {Precision{}};
  accelerator.vector_unit.lanes = 8;
  return accelerator;
}

/// A 2-D convolution, padded so that the output is ceil(input / stride) where `same`, else valid.
inline models::ProblemShape conv(std::int64_t k, std::int64_t c, std::int64_t output,
                                 std::int64_t kernel, std::int64_t stride = 1, bool same = false,
                                 std::int64_t groups = 1, std::int64_t dilation = 1) {
  using models::Dim;
  using models::index;
  models::ProblemShape shape;
  shape.bounds[index(Dim::G)] = groups;
  shape.bounds[index(Dim::K)] = k;
  shape.bounds[index(Dim::C)] = c;
  shape.bounds[index(Dim::P)] = shape.bounds[index(Dim::Q)] = output;
  shape.bounds[index(Dim::R)] = shape.bounds[index(Dim::S)] = kernel;
  shape.stride = {1, stride, stride};
  shape.dilation = {1, dilation, dilation};
  const std::int64_t span = (output - 1) * stride + (kernel - 1) * dilation + 1;
  const std::int64_t pad = same ? (kernel - 1) * dilation / 2 : 0;
  shape.pad_begin = {0, pad, pad};
  shape.input_size = {1, span - 2 * pad, span - 2 * pad};
  return shape;
}

/// Everything in one tile, one PE, registers of one element.
inline Mapping untiled(const models::ProblemShape& shape) {
  Mapping mapping;
  mapping.at(Level::kDram).tile = shape.bounds;
  mapping.at(Level::kBuffers).tile = shape.bounds;
  return mapping;
}

}  // namespace mensa::accelerators::test
