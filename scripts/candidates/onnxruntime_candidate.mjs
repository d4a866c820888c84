// onnxruntime's BatchNormalization (opset 15) on the CPU: inference, and the forward of training_mode = 1.
//
//     $ scripts/install test
//     $ bncheck run --candidate 'exec:node scripts/candidates/onnxruntime_candidate.mjs'
//
// ONNX knows N, C, D1...Dn only, has no backward and saves no statistics. Its attributes epsilon and momentum are float32
// even where the tensors are float64; of a float64 case whose number is not a float32 that which depends on it cannot be
// asked for: with such an eps the case is skipped, with such a momentum the running statistics are not provided.

import ort from "onnxruntime-node";
import {serve, Skip} from "./bncheck_candidate.mjs";
import {batchNormalization} from "./onnx_model.mjs";

const sessions = new Map();  // by what a model depends on; each holds threads, so that only the last ones are kept
const sessionsKept = 64;

async function session(model, threads) {
    const key = JSON.stringify([model, threads]);
    let found = sessions.get(key);
    sessions.delete(key);
    if (!found) {
        // Severity 3: errors alone. Where no number of threads is asked for it is onnxruntime's own choice.
        const options = {logSeverityLevel: 3, ...(threads && {intraOpNumThreads: threads})};
        found = await ort.InferenceSession.create(batchNormalization(model), options);
        if (sessions.size >= sessionsKept) {
            const [oldest, unused] = sessions.entries().next().value;
            sessions.delete(oldest);
            await unused.release();
        }
    }
    sessions.set(key, found);
    return found;
}

async function forward({shape, channels, dtype, training, eps, momentum, threads, inputs}) {
    const expressible = value => dtype === "float32" || Math.fround(value) === value;
    if (!expressible(eps)) throw new Skip(`an ONNX model holds epsilon as float32, and ${eps} is none`);
    const tensor = (values, dims) => new ort.Tensor(dtype, values, dims);
    // What users of ONNX put where there are no parameters or running statistics: the operator wants its five inputs.
    const perChannel = (values, otherwise) =>
        tensor(values ?? new inputs.x.constructor(channels).fill(otherwise), [channels]);
    const model = {rank: shape.length, dtype, training, epsilon: Math.fround(eps), momentum: Math.fround(momentum)};
    const results = await (await session(model, threads)).run({
        X: tensor(inputs.x, shape),
        scale: perChannel(inputs.gamma, 1), B: perChannel(inputs.beta, 0),
        mean: perChannel(inputs.running_mean, 0), var: perChannel(inputs.running_var, 1),
    });
    const outputs = {y: results.Y.data};
    if (!inputs.running_mean) return outputs;
    // In inference the operator has no such outputs; these are the buffers that it computed on.
    if (!training) return {...outputs, running_mean: inputs.running_mean, running_var: inputs.running_var};
    if (!expressible(momentum)) return outputs;
    return {...outputs, running_mean: results.running_mean.data, running_var: results.running_var.data};
}

await serve({forward}, {name: `onnxruntime ${ort.env.versions.node}`, layouts: ["NCHW"], convention: "onnx"});
process.exit();  // without waiting for the threads of the sessions
