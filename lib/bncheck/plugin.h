/* The interface of bncheck's plugins: a shared library that computes batch normalization, in C or in anything that speaks C.
 *
 *     cc -O2 -shared -fPIC -I INCLUDE -o mine.so mine.c && bncheck run --candidate plugin:./mine.so
 *
 * The library exports one function, bncheck_plugin_describe. It is loaded in a process of its own, which a crash or an endless
 * loop costs its own case alone. A call must write every element of what it is to write and nothing else, and must leave the
 * rounding mode and the treatment of subnormal numbers as they were: all of that is checked after each call.
 *
 * Every struct begins with its size as the one who filled it in was compiled, and grows at its end only: a member beyond that
 * size is not there, and counts as 0. */
#ifndef BNCHECK_PLUGIN_H
#define BNCHECK_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BNCHECK_PLUGIN_VERSION 1

/* Each is a bit of a mask in bncheck_plugin, and a value in bncheck_request. */
enum bncheck_dtype { BNCHECK_FLOAT16 = 1, BNCHECK_BFLOAT16 = 2, BNCHECK_FLOAT32 = 4, BNCHECK_FLOAT64 = 8 };
enum bncheck_layout { BNCHECK_NCHW = 1, BNCHECK_NHWC = 2 };
enum bncheck_mode { BNCHECK_TRAIN = 1, BNCHECK_EVAL = 2 };
enum bncheck_pass { BNCHECK_FORWARD = 1, BNCHECK_BACKWARD = 2, BNCHECK_DOUBLE_BACKWARD = 4 };

/* What `run` returns. */
enum bncheck_status { BNCHECK_OK = 0, BNCHECK_SKIPPED = 1, BNCHECK_ERROR = 2 };

/* Inputs, NULL where a case has none. x, dy and ddx are of the request's dtype and strides; the others have one value a channel,
 * double for float64 and float for every other dtype. They must not be written to. */
typedef struct bncheck_inputs {
    size_t size;
    const void *x, *gamma, *beta, *running_mean, *running_var;
    const void *dy, *save_mean, *save_invstd, *save_var; /* of a backward; the last three as the forward wrote them, or NULL */
    const void *ddx, *ddgamma, *ddbeta;                  /* of a double backward */
} bncheck_inputs;

/* Where outputs go, NULL where one is not wanted. They are filled with a signalling NaN before the call. y, dx, gdy and gx must be
 * written; another may be left alone as a whole, and is then reported as not provided. Memory is aligned to 64 bytes. */
typedef struct bncheck_outputs {
    size_t size;
    void *y, *save_mean, *save_invstd, *save_var, *running_mean, *running_var; /* of a forward */
    void *dx, *dgamma, *dbeta;                                                 /* of a backward */
    void *gdy, *gx, *ggamma;                                                   /* of a double backward */
} bncheck_outputs;

typedef struct bncheck_request {
    size_t size;
    const char *id; /* of the case */
    int pass, mode, dtype, layout;
    int rank;               /* 2 to 5 */
    const int64_t *dims;    /* N, C, spatial: always in this order */
    const int64_t *strides; /* of x, y, dy, ...: element (n, c, s...) is at n strides[0] + c strides[1] + ... elements */
    int64_t channels;       /* C */
    int64_t count;          /* m = N * spatial, the values of a channel */
    double eps;
    double momentum;        /* in the meaning of the convention */
    const char *convention; /* "pytorch", ... */
    int affine;             /* 0: there is no gamma, beta, dgamma, dbeta */
    int64_t num_batches_tracked, step;
    int threads; /* to compute with; 0: your own choice */
    const bncheck_inputs *in;
    const bncheck_outputs *out;
} bncheck_request;

typedef struct bncheck_plugin {
    size_t size;
    int version; /* BNCHECK_PLUGIN_VERSION */
    const char *name;
    int dtypes, layouts, modes, passes; /* masks of what is supported; other cases are skipped */
    const char *convention;             /* to be spoken to in, and judged by; NULL: the case's own */
    int ftz;                            /* 1: subnormal results are flushed to zero */
    /* Computes one pass. What goes wrong, or why it is skipped, is written to `message`, a string of at most message_size bytes. */
    int (*run)(const bncheck_request *request, char *message, size_t message_size);
} bncheck_plugin;

/* The one symbol that a plugin exports. The result lives as long as the library. */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const bncheck_plugin *bncheck_plugin_describe(void);

#ifdef __cplusplus
}
#endif

#endif
