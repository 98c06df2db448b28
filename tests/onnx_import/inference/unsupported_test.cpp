#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/onnx_import/model_builder.h"

namespace mensa::onnx_import {
namespace {

const std::string kWayOut =
    "\nWith --unsupported host they run on the host, as a guess by their bytes";

TEST(Unsupported, is_listed_all_at_once) {
  ModelBuilder model;
  model.model().add_opset_import()->set_domain("com.example");
  model.input("x", {1, 4}).output("y").output("z").output("found").integers("to", {1}, {2});
  model.input("repeats", {2}, onnx::TensorProto::INT64);
  model.node("Wobble", {"x"}, {"a"}, "odd");
  model.node("Fuse", {"x"}, {"b"}, "foreign").domain("com.example");
  model.node("Relu", {"a"}, {"c"}, "behind");  // of unknown type, and nothing more to say
  model.node("Frobnicate", {"c"}, {"d"}, "far_behind");
  model.node("Add", {"d", "b"}, {"y"});
  model.node("Clip", {"x", "", "x"}, {"z"}, "clip");
  model.node("Tile", {"x", "repeats"}, {"found"}, "copies");
  EXPECT_EQ(model.import_error(),
            "5 node(s) are not supported: 1 Clip, 1 Frobnicate, 1 Fuse (com.example), 1 Tile, 1 "
            "Wobble\n"
            "  odd: Wobble: unknown operator\n"
            "  foreign: Fuse (com.example): unknown operator\n"
            "  far_behind: Frobnicate: unknown operator\n"
            "  clip: Clip: its limits are not constant\n"
            "  copies: Tile: its repeats ('repeats') is not known before run time" +
                kWayOut);
}

TEST(Unsupported, is_found_inside_of_loops) {
  onnx::GraphProto body;
  GraphBuilder inner(body);
  inner.input("i", {}, onnx::TensorProto::INT64).input("go", {}, onnx::TensorProto::BOOL);
  inner.input("s", {1, 4}).output("go_on").output("s_next");
  inner.node("Identity", {"go"}, {"go_on"});
  inner.node("Wobble", {"s"}, {"s_next"}, "inside");
  ModelBuilder model;
  model.input("x", {1, 4}).output("y").integers("trips", {}, {3});
  model.node("Loop", {"trips", "", "x"}, {"h"}, "loop").graph("body", body);
  model.node("Wobble", {"h"}, {"y"}, "outside");
  EXPECT_EQ(model.import_error(),
            "2 node(s) are not supported: 2 Wobble\n"
            "  inside: Wobble: unknown operator\n"
            "  outside: Wobble: unknown operator" +
                kWayOut);
}

TEST(Unsupported, says_what_is_only_known_at_run_time) {
  ModelBuilder model;
  model.input("x", {1, 4}).input("shape", {2}, onnx::TensorProto::INT64).output("y");
  model.node("Reshape", {"x", "shape"}, {"h"}, "dynamic");
  model.node("Relu", {"h"}, {"y"});
  EXPECT_EQ(model.import_error(),
            "1 node(s) are not supported: 1 Reshape\n"
            "  dynamic: Reshape: its target shape ('shape') is not known before run time" +
                kWayOut);
}

}  // namespace
}  // namespace mensa::onnx_import
