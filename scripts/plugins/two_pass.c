/* A whole plugin in C: batch normalization forward, two passes, sums in double. README: "A plugin".
 *
 *     cc -O2 -shared -fPIC -I lib -o two_pass.so scripts/plugins/two_pass.c -lm */
#include <bncheck/plugin.h>
#include <math.h>

/* Where element i of channel c is: the spatial indices vary fastest, then the sample. */
static int64_t offset(const bncheck_request *r, int64_t c, int64_t i) {
    int64_t at = c * r->strides[1];
    for (int d = r->rank - 1; d >= 2; i /= r->dims[d--]) at += i % r->dims[d] * r->strides[d];
    return at + i * r->strides[0];
}

static int run(const bncheck_request *r, char *message, size_t size) {
    const float *x = r->in->x, *gamma = r->in->gamma, *beta = r->in->beta;
    float *y = r->out->y, *save_mean = r->out->save_mean, *save_invstd = r->out->save_invstd;
    (void)message, (void)size;
    for (int64_t c = 0; c < r->channels; ++c) {
        double mean = 0, variance = 0;
        for (int64_t i = 0; i < r->count; ++i) mean += x[offset(r, c, i)];
        mean /= (double)r->count;
        for (int64_t i = 0; i < r->count; ++i) {
            const double d = x[offset(r, c, i)] - mean;
            variance += d * d;
        }
        variance /= (double)r->count;
        const double invstd = 1 / sqrt(variance + r->eps), g = gamma ? gamma[c] : 1, b = beta ? beta[c] : 0;
        for (int64_t i = 0; i < r->count; ++i) y[offset(r, c, i)] = (float)((x[offset(r, c, i)] - mean) * invstd * g + b);
        if (save_mean) save_mean[c] = (float)mean;
        if (save_invstd) save_invstd[c] = (float)invstd;
    }
    return BNCHECK_OK;
}

const bncheck_plugin *bncheck_plugin_describe(void) {
    static const bncheck_plugin plugin = {.size = sizeof plugin,
                                          .version = BNCHECK_PLUGIN_VERSION,
                                          .name = "two_pass.c",
                                          .dtypes = BNCHECK_FLOAT32,
                                          .layouts = BNCHECK_NCHW | BNCHECK_NHWC,
                                          .modes = BNCHECK_TRAIN,
                                          .passes = BNCHECK_FORWARD,
                                          .run = run};
    return &plugin;
}
