// An ONNX model of one BatchNormalization (opset 15), as the bytes of its protobuf.

import protobuf from "protobufjs";

// What such a model needs of onnx.proto, with the field numbers that are there.
const {root} = protobuf.parse(`
    syntax = "proto2";
    message ModelProto { optional int64 ir_version = 1; optional GraphProto graph = 7; repeated OperatorSetIdProto opset_import = 8; }
    message OperatorSetIdProto { optional int64 version = 2; }
    message GraphProto { repeated NodeProto node = 1; optional string name = 2; repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12; }
    message NodeProto { repeated string input = 1; repeated string output = 2; optional string op_type = 4; repeated AttributeProto attribute = 5; }
    message AttributeProto { optional string name = 1; optional float f = 2; optional int64 i = 3; optional Type type = 20; enum Type { FLOAT = 1; INT = 2; } }
    message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; }
    message TypeProto { optional TensorTypeProto tensor_type = 1; }
    message TensorTypeProto { optional DataType elem_type = 1; optional TensorShapeProto shape = 2; enum DataType { float32 = 1; float64 = 11; } }
    message TensorShapeProto { repeated DimensionProto dim = 1; }
    message DimensionProto { optional string dim_param = 2; }
`, {keepCase: true});
const ModelProto = root.lookupType("ModelProto");

/**
 * Inputs X [N, C, D1, ...], scale, B, mean, var [C]; outputs Y, and in training running_mean and running_var.
 * rank: of X. dtype: "float32" or "float64", of every tensor. training: the attribute training_mode.
 * epsilon, momentum: rounded to float32, which is what ONNX's attributes are.
 *
 * scale, B, mean and var are inputs of the graph, not initializers: onnxruntime merges initializers of equal values, and
 * writes running statistics that are no outputs of the graph over mean and var. With scale = var = 1 and B = mean = 0, Y is
 * then xhat running_var + running_mean, and another one in the next run.
 */
export function batchNormalization({rank, dtype, training, epsilon, momentum}) {
    const tensor = (name, dims) => ({name, type: {tensor_type: {elem_type: dtype, shape: {dim: dims.map(dim_param => ({dim_param}))}}}});
    const dims = ["N", "C", "D1", "D2", "D3"].slice(0, rank);
    const perChannel = names => names.map(name => tensor(name, ["C"]));
    const input = [tensor("X", dims), ...perChannel(["scale", "B", "mean", "var"])];
    const output = [tensor("Y", dims), ...perChannel(training ? ["running_mean", "running_var"] : [])];
    const attribute = [{name: "epsilon", f: epsilon, type: "FLOAT"}, {name: "momentum", f: momentum, type: "FLOAT"},
                       {name: "training_mode", i: training ? 1 : 0, type: "INT"}];
    const names = tensors => tensors.map(({name}) => name);
    return ModelProto.encode(ModelProto.fromObject({
        ir_version: 8, opset_import: [{version: 15}],
        graph: {name: "batch-normalization", input, output,
                node: [{op_type: "BatchNormalization", input: names(input), output: names(output), attribute}]},
    })).finish();
}
