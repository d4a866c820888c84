// TensorFlow.js on its CPU backend, float32: tf.moments and tf.batchNorm, put together as tf.layers.batchNormalization
// does (tfjs-layers/src/layers/normalization.ts), and the gradients that its automatic differentiation gives.
//
//     $ scripts/install test
//     $ bncheck run --candidate 'exec:node scripts/candidates/tfjs_candidate.mjs'
//
// tf.batchNorm wants the channels last and at most four axes. NCHW is offered by tf.transpose before and after, rank 5
// by joining two spatial axes, both inside of what is differentiated. With the argument --axis-1 NCHW of rank 3 and 4
// goes the way of tf.layers.batchNormalization({axis: 1}) instead: not transposed, statistics of shape [1, C, 1, 1].

import * as tf from "@tensorflow/tfjs";
import {serve} from "./bncheck_candidate.mjs";

const axis1 = process.argv.includes("--axis-1");
await tf.setBackend("cpu");

/** How a case goes through tf.batchNorm: {enter, leave: of x and y; axis: the channels'; vector: of a [C] tensor}. */
function way({layout, shape, storedShape}) {
    const rank = shape.length;
    const axes = [...shape.keys()];
    if (axis1 && layout === "NCHW" && (rank === 3 || rank === 4)) {
        const broadcast = shape.map((size, axis) => axis === 1 ? size : 1);
        return {axis: 1, enter: x => x, leave: y => y, vector: values => tf.reshape(values, broadcast)};
    }
    const [samples, channels, ...spatial] = shape;
    const channelsLast = [samples, ...spatial, channels];
    const joined = rank === 5 ? [samples, spatial[0], spatial[1] * spatial[2], channels] : channelsLast;
    const transposed = layout === "NCHW" && rank > 2;
    return {
        axis: joined.length - 1,
        enter: x => tf.reshape(transposed ? tf.transpose(x, [0, ...axes.slice(2), 1]) : x, joined),
        leave: y => {
            const last = tf.reshape(y, channelsLast);
            return transposed ? tf.transpose(last, [0, rank - 1, ...axes.slice(1, rank - 1)]) : last;
        },
        vector: values => values,
    };
}

/** {y, mean, variance}: x and y as stored, mean and variance those that y was normalised with. */
function normalise(request, x, gamma, beta, running) {
    const {enter, leave, axis, vector} = way(request);
    const entered = enter(x);
    const {mean, variance} = request.training
        ? tf.moments(entered, [...entered.shape.keys()].filter(other => other !== axis))
        : running;
    const optional = values => values && vector(values);
    const y = tf.batchNorm(entered, vector(mean), vector(variance), optional(beta), optional(gamma), request.eps);
    return {y: leave(y), mean, variance};
}

const vectors = ({inputs}) => Object.fromEntries(["gamma", "beta", "running_mean", "running_var"].map(
    name => [name, inputs[name] && tf.tensor1d(inputs[name])]));

/** The values of tensors, as arrays; those that are undefined are left out. */
const values = tensors => Object.fromEntries(
    Object.entries(tensors).filter(([, tensor]) => tensor).map(([name, tensor]) => [name, tensor.dataSync()]));

const forward = request => tf.tidy(() => {
    const {gamma, beta, running_mean, running_var} = vectors(request);
    const x = tf.tensor(request.inputs.x, request.storedShape);
    const {y, mean, variance} = normalise(request, x, gamma, beta, {mean: running_mean, variance: running_var});
    if (!request.training) return values({y, running_mean, running_var});
    const decay = 1 - request.momentum;
    const updated = (old, batch) => old && tf.sub(old, tf.mul(tf.sub(old, batch), decay));
    return values({y, save_mean: mean, running_mean: updated(running_mean, mean),
                   running_var: updated(running_var, variance)});
});

const backward = request => tf.tidy(() => {
    const {gamma, beta, running_mean, running_var} = vectors(request);
    const running = {mean: running_mean, variance: running_var};
    const [x, dy] = ["x", "dy"].map(name => tf.tensor(request.inputs[name], request.storedShape));
    // tf.batchNorm without a scale cannot be differentiated (TypeError: Cannot read properties of undefined).
    const leaves = [x, gamma ?? tf.ones([request.channels]), beta ?? tf.zeros([request.channels])];
    const [dx, dgamma, dbeta] = tf.grads((...leaves) => normalise(request, ...leaves, running).y)(leaves, dy);
    return values({dx, dgamma, dbeta});
});

await serve({forward, backward},
            {name: `tfjs ${tf.version_core}${axis1 ? " axis 1" : ""}`, dtypes: ["float32"], convention: "keras"});
