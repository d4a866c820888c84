// Makes a candidate for bncheck out of one or two JavaScript functions (Node 18 or later, no package needed).
//
//     import {serve} from "./bncheck_candidate.mjs";
//     const forward = request => ({y: ..., running_mean: ...});     // tensor name -> Float32Array or Float64Array
//     const backward = request => ({dx: ..., dgamma: ..., dbeta: ...});
//     await serve({forward, backward}, {name: "mine 1.0", dtypes: ["float32"]});
//
//     $ bncheck run --candidate 'exec:node my_candidate.mjs'
//
// The functions get a request and return what they have, or a promise of it: flat arrays in the order in which the
// case stores them. Of that, the tensors that the request asks for are written, in the type that it asks for.
// Throw a Skip for a case that the implementation does not offer; any other exception is reported as this case's
// error. onnxruntime_candidate.mjs and tfjs_candidate.mjs are examples.
//
// This module speaks protocol 1: the tool writes one JSON object a line ("hello", "run" or "bye"), the candidate
// answers each with one line, tensors travel as .npy files that the lines name.

import {readFileSync, writeFileSync} from "node:fs";
import {createInterface} from "node:readline";

/** Thrown by a callback: the implementation does not offer this case. */
export class Skip extends Error {}

const arrayTypes = {"<f4": Float32Array, "<f8": Float64Array};
const fullSize = new Set(["x", "y", "dy", "dx", "ddx", "gx", "gdy"]);

/** The values in a .npy file of format 1.0, C order, little endian, float32 or float64, as bncheck writes it. */
export function readNpy(path) {
    const bytes = readFileSync(path);
    const end = 10 + bytes.readUInt16LE(8);
    const header = bytes.toString("latin1", 10, end);
    const ArrayType = arrayTypes[/'descr': *'([^']*)'/.exec(header)?.[1]];
    if (!ArrayType || !/'fortran_order': *False/.test(header)) throw new Error(`${path} cannot be read: ${header}`);
    return new ArrayType(bytes.buffer.slice(bytes.byteOffset + end, bytes.byteOffset + bytes.length));
}

/** Writes a Float32Array or Float64Array as a .npy file of that type, of this shape, in C order. */
export function writeNpy(path, values, shape) {
    const descr = values instanceof Float64Array ? "<f8" : "<f4";
    const fields = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.map(size => `${size},`).join(" ")}), }`;
    const header = fields.padEnd(Math.ceil((10 + fields.length + 1) / 64) * 64 - 11) + "\n";
    const preamble = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length % 256, header.length >> 8]);
    writeFileSync(path, Buffer.concat([
        preamble, Buffer.from(header, "latin1"), Buffer.from(values.buffer, values.byteOffset, values.byteLength)]));
}

/**
 * One run request: the keys of its line (id, pass, mode, dtype, layout, eps, momentum, affine, convention, outputs;
 * threads: how many to compute with, or undefined), and
 *   training: whether mode is "train";
 *   shape: logical, N, C, spatial..., whatever the layout; storedShape: as the arrays are stored, [N, ..., C] for NHWC;
 *   channels: C; count: values per channel, N * spatial;
 *   inputs: {x, gamma, beta, running_mean, running_var, dy, ...}, flat arrays; those that a case has not are undefined.
 */
function makeRequest(message) {
    const [samples, channels, ...spatial] = message.shape;
    return {
        ...message,
        training: message.mode === "train",
        storedShape: message.layout === "NCHW" ? message.shape : [samples, ...spatial, channels],
        channels,
        count: spatial.reduce((product, size) => product * size, samples),
        inputs: Object.fromEntries(Object.entries(message.inputs).map(([name, path]) => [name, readNpy(path)])),
    };
}

/** The answer to "run": calls back, writes the outputs. What the greeting does not list is skipped. */
async function run(message, callbacks, greeting) {
    try {
        for (const [key, listed] of [["pass", "passes"], ["dtype", "dtypes"], ["layout", "layouts"], ["mode", "modes"]])
            if (!greeting[listed].includes(message[key])) throw new Skip(`no ${key} ${message[key]} here`);
        const callback = callbacks[message.pass];
        const request = makeRequest(message);
        const ArrayType = request.dtype === "float64" ? Float64Array : Float32Array;
        for (const [name, values] of Object.entries(await callback(request)))
            if (name in request.outputs)
                writeNpy(request.outputs[name], values instanceof ArrayType ? values : new ArrayType(values),
                         fullSize.has(name) ? request.storedShape : [request.channels]);
        return {id: message.id, status: "ok"};
    } catch (error) {
        if (error instanceof Skip) return {id: message.id, status: "skipped", reason: error.message};
        console.error(error);
        return {id: message.id, status: "error", reason: String(error).replace(/\s+/g, " ")};
    }
}

/**
 * Answers the tool until it says bye or closes the stream.
 * callbacks: {forward, backward, "double-backward"}, functions of a request; those left out are not supported.
 * hello: keys of the answer to hello: name, dtypes, layouts, modes, and convention where the candidate is to be spoken
 * to in its own and not in each case's.
 */
export async function serve(callbacks, hello) {
    // stdout belongs to the protocol: from here on what anyone else prints goes to stderr.
    const answer = process.stdout.write.bind(process.stdout);
    process.stdout.write = process.stderr.write.bind(process.stderr);
    const greeting = {bncheck: 1, dtypes: ["float32", "float64"], layouts: ["NCHW", "NHWC"], modes: ["train", "eval"],
                      passes: Object.keys(callbacks), ...hello};
    for await (const line of createInterface({input: process.stdin})) {
        const message = JSON.parse(line);
        if (message.op === "bye") break;
        answer(JSON.stringify(message.op === "hello" ? greeting : await run(message, callbacks, greeting)) + "\n");
    }
}
