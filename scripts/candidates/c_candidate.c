/* Batch normalization in C11: the example to copy a candidate in C from. Sums run in double, in two passes.
 *
 *     $ cc -O2 -o c_candidate scripts/candidates/c_candidate.c -lcjson -lm
 *     $ bncheck run --candidate exec:./c_candidate
 *
 * cJSON (Debian's libcjson-dev) reads the requests, one JSON object a line; tensors travel as .npy files that they name.
 * forward() and backward() are the implementation, all else is the protocol.
 */
#define _POSIX_C_SOURCE 200809L  /* getline */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { X, GAMMA, BETA, RUNNING_MEAN, RUNNING_VAR, DY, Y, SAVE_MEAN, SAVE_INVSTD, DX, DGAMMA, DBETA, TENSORS };
static const char* const names[TENSORS] = {"x", "gamma", "beta", "running_mean", "running_var", "dy",
                                           "y", "save_mean", "save_invstd", "dx", "dgamma", "dbeta"};
enum { MAX_RANK = 8 };

typedef struct {
    size_t rank, dims[MAX_RANK];      /* logical: N, C, spatial... */
    size_t channels, spatial, count;  /* C; values of a channel in one sample; and in all of them */
    bool channels_last;               /* stored as N, spatial..., C */
    bool training, float64;
    double eps, momentum;
    double* tensors[TENSORS];         /* inputs and outputs, as stored but in double; NULL where there is none */
} Request;

/* ---- the implementation ---- */

/* Where value i of `count` of a channel is stored. */
static size_t at(const Request* r, size_t channel, size_t i) {
    const size_t sample = i / r->spatial, place = i % r->spatial;
    return r->channels_last ? i * r->channels + channel : (sample * r->channels + channel) * r->spatial + place;
}

typedef struct { double mean, variance, invstd; } Statistics;

static Statistics statistics(const Request* r, size_t channel) {
    Statistics s = {0, 0, 0};
    if (r->training) {
        const double* x = r->tensors[X];
        for (size_t i = 0; i < r->count; ++i) s.mean += x[at(r, channel, i)];
        s.mean /= r->count;
        /* The mean is subtracted before squaring: E[x^2] - E[x]^2 loses every digit where mean >> stddev. */
        for (size_t i = 0; i < r->count; ++i) s.variance += pow(x[at(r, channel, i)] - s.mean, 2);
        s.variance /= r->count;
    } else {
        s.mean = r->tensors[RUNNING_MEAN][channel];
        s.variance = r->tensors[RUNNING_VAR][channel];
    }
    s.invstd = 1 / sqrt(s.variance + r->eps);
    return s;
}

static void forward(Request* r) {
    double* const* t = r->tensors;
    for (size_t channel = 0; channel < r->channels; ++channel) {
        const Statistics s = statistics(r, channel);
        const double gamma = t[GAMMA] ? t[GAMMA][channel] : 1, beta = t[BETA] ? t[BETA][channel] : 0;
        for (size_t i = 0; i < r->count; ++i) {
            const size_t k = at(r, channel, i);
            t[Y][k] = gamma * ((t[X][k] - s.mean) * s.invstd) + beta;
        }
        if (t[SAVE_MEAN]) t[SAVE_MEAN][channel] = s.mean;
        if (t[SAVE_INVSTD]) t[SAVE_INVSTD][channel] = s.invstd;
        if (r->training && t[RUNNING_MEAN] && t[RUNNING_VAR]) {  /* convention "pytorch": weight of the new, unbiased */
            const double w = r->momentum, unbiased = s.variance * r->count / (r->count - 1.0);
            t[RUNNING_MEAN][channel] = (1 - w) * t[RUNNING_MEAN][channel] + w * s.mean;
            t[RUNNING_VAR][channel] = (1 - w) * t[RUNNING_VAR][channel] + w * unbiased;
        }
    }
}

static void backward(Request* r) {
    double* const* t = r->tensors;
    for (size_t channel = 0; channel < r->channels; ++channel) {
        const Statistics s = statistics(r, channel);
        const double gamma = t[GAMMA] ? t[GAMMA][channel] : 1;
        double dbeta = 0, dgamma = 0;
        for (size_t i = 0; i < r->count; ++i) {
            const size_t k = at(r, channel, i);
            dbeta += t[DY][k];
            dgamma += t[DY][k] * ((t[X][k] - s.mean) * s.invstd);
        }
        for (size_t i = 0; i < r->count; ++i) {
            const size_t k = at(r, channel, i);
            double dx = t[DY][k];
            if (r->training)  /* the statistics depend on x, so dy loses its mean and its part along xhat */
                dx -= dbeta / r->count + (t[X][k] - s.mean) * s.invstd * (dgamma / r->count);
            t[DX][k] = gamma * s.invstd * dx;
        }
        if (t[DGAMMA]) t[DGAMMA][channel] = dgamma;
        if (t[DBETA]) t[DBETA][channel] = dbeta;
    }
}

/* ---- .npy files: format 1.0, C order, little endian, as this machine stores numbers ---- */

static bool whole(int tensor) { return tensor == X || tensor == Y || tensor == DY || tensor == DX; }

static size_t elements(const Request* r, int tensor) { return whole(tensor) ? r->count * r->channels : r->channels; }

/* Reads or writes the values behind a file's header, in the type of the case. */
static bool transfer(const Request* r, int tensor, FILE* file, bool writing) {
    double* values = r->tensors[tensor];
    const size_t n = elements(r, tensor);
    if (r->float64) return (writing ? fwrite(values, 8, n, file) : fread(values, 8, n, file)) == n;
    for (size_t k = 0; k < n; ++k) {
        float value = (float)values[k];
        if ((writing ? fwrite(&value, 4, 1, file) : fread(&value, 4, 1, file)) != 1) return false;
        values[k] = value;
    }
    return true;
}

static bool read_header(const Request* r, FILE* file) {
    unsigned char start[10];
    char text[4096] = "";
    if (fread(start, 1, 10, file) != 10 || memcmp(start, "\x93NUMPY\x01", 7) != 0) return false;
    const size_t length = start[8] + 256u * start[9];
    if (length >= sizeof text || fread(text, 1, length, file) != length) return false;
    return strstr(text, r->float64 ? "'<f8'" : "'<f4'") && strstr(text, "'fortran_order': False");
}

static bool write_header(const Request* r, int tensor, FILE* file) {
    char shape[256] = "", text[512];
    size_t end = 0;
    for (size_t axis = 0; axis < (whole(tensor) ? r->rank : 1); ++axis) {
        size_t logical = axis;
        if (!whole(tensor)) logical = 1;
        else if (r->channels_last && axis > 0) logical = axis + 1 < r->rank ? axis + 1 : 1;
        end += (size_t)snprintf(shape + end, sizeof shape - end, "%zu,", r->dims[logical]);
    }
    const int length = snprintf(text, sizeof text, "{'descr': '<f%d', 'fortran_order': False, 'shape': (%s), }",
                                r->float64 ? 8 : 4, shape);
    const int padded = (10 + length + 1 + 63) / 64 * 64 - 10;  /* values begin at a multiple of 64 */
    const unsigned char start[10] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (unsigned char)padded, (unsigned char)(padded >> 8)};
    return fwrite(start, 1, 10, file) == 10 && fprintf(file, "%-*s\n", padded - 1, text) == padded;
}

/* ---- the protocol; functions return NULL, or the reason why not ---- */

static const char* text_of(const cJSON* object, const char* key) {
    const char* text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text ? text : "";
}

static bool is(const cJSON* object, const char* key, const char* value) { return strcmp(text_of(object, key), value) == 0; }

static double number_of(const cJSON* object, const char* key) {
    const cJSON* number = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(number) ? number->valuedouble : NAN;
}

static const char* not_offered(const cJSON* m) {
    if (!is(m, "pass", "forward") && !is(m, "pass", "backward")) return "forward and backward are all there is";
    if (!is(m, "dtype", "float32") && !is(m, "dtype", "float64")) return "float32 and float64 are all there is";
    if (!is(m, "layout", "NCHW") && !is(m, "layout", "NHWC")) return "NCHW and NHWC are all there is";
    return NULL;
}

static const char* read_shape(const cJSON* message, Request* r) {
    const cJSON *shape = cJSON_GetObjectItemCaseSensitive(message, "shape"), *size;
    double total = 1;
    cJSON_ArrayForEach(size, shape) {
        total *= size->valuedouble;
        if (r->rank == MAX_RANK || !(size->valuedouble >= 1 && total < 1e15)) return "the shape is none that fits here";
        r->dims[r->rank++] = (size_t)size->valuedouble;
    }
    if (r->rank < 2) return "the shape has no channels";
    r->channels = r->dims[1];
    r->count = (size_t)total / r->channels;
    r->spatial = r->count / r->dims[0];
    return NULL;
}

static const char* read_tensors(const cJSON* message, Request* r) {
    const cJSON *inputs = cJSON_GetObjectItemCaseSensitive(message, "inputs"),
                *outputs = cJSON_GetObjectItemCaseSensitive(message, "outputs");
    for (int tensor = 0; tensor < TENSORS; ++tensor) {
        const char* path = text_of(inputs, names[tensor]);
        if (!*path && !*text_of(outputs, names[tensor])) continue;
        r->tensors[tensor] = calloc(elements(r, tensor), sizeof(double));
        if (!r->tensors[tensor]) return "out of memory";
        if (!*path) continue;
        FILE* file = fopen(path, "rb");
        const bool read = file && read_header(r, file) && transfer(r, tensor, file, false);
        if (file) fclose(file);
        if (!read) return "an input file cannot be read";
    }
    return NULL;
}

static const char* compute(const cJSON* message, Request* r) {
    double* const* t = r->tensors;
    if (!t[X] || (!r->training && !(t[RUNNING_MEAN] && t[RUNNING_VAR]))) return "an input is missing";
    const bool is_forward = is(message, "pass", "forward");
    if (is_forward ? !t[Y] : !t[DY] || !t[DX]) return is_forward ? "y is not asked for" : "dy is missing, or dx not asked for";
    (is_forward ? forward : backward)(r);
    return NULL;
}

static const char* write_outputs(const cJSON* message, const Request* r) {
    for (int tensor = 0; tensor < TENSORS; ++tensor) {
        const char* path = text_of(cJSON_GetObjectItemCaseSensitive(message, "outputs"), names[tensor]);
        if (!*path) continue;
        FILE* file = fopen(path, "wb");
        bool written = file && write_header(r, tensor, file) && transfer(r, tensor, file, true);
        if (file) written = fclose(file) == 0 && written;
        if (!written) return "an output file cannot be written";
    }
    return NULL;
}

static void answer(const cJSON* message, const char* status, const char* reason) {
    cJSON* line = cJSON_CreateObject();
    cJSON_AddStringToObject(line, "id", text_of(message, "id"));
    cJSON_AddStringToObject(line, "status", status);
    if (reason) cJSON_AddStringToObject(line, "reason", reason);
    char* text = cJSON_PrintUnformatted(line);
    puts(text ? text : "{\"status\": \"error\", \"reason\": \"out of memory\"}");
    cJSON_free(text);
    cJSON_Delete(line);
}

static void run(const cJSON* message) {
    const char* reason = not_offered(message);
    if (reason) {
        answer(message, "skipped", reason);
        return;
    }
    Request r = {.channels_last = is(message, "layout", "NHWC"), .training = is(message, "mode", "train"),
                 .float64 = is(message, "dtype", "float64"),
                 .eps = number_of(message, "eps"), .momentum = number_of(message, "momentum")};
    reason = read_shape(message, &r);
    if (!reason) reason = read_tensors(message, &r);
    if (!reason) reason = compute(message, &r);
    if (!reason) reason = write_outputs(message, &r);
    answer(message, reason ? "error" : "ok", reason);
    for (int tensor = 0; tensor < TENSORS; ++tensor) free(r.tensors[tensor]);
}

int main(void) {
    char* line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        cJSON* message = cJSON_Parse(line);
        if (is(message, "op", "bye")) return 0;
        if (is(message, "op", "hello"))
            puts("{\"bncheck\": 1, \"name\": \"C example\", \"dtypes\": [\"float32\", \"float64\"],"
                 " \"layouts\": [\"NCHW\", \"NHWC\"], \"modes\": [\"train\", \"eval\"],"
                 " \"passes\": [\"forward\", \"backward\"], \"convention\": \"pytorch\"}");
        else if (message)
            run(message);
        else
            answer(message, "error", "a line that is no JSON");
        fflush(stdout);
        cJSON_Delete(message);
    }
}
