// Time steps of rate networks. Sixteen lanes are integrated at a time, in vector registers; lanes
// do not depend on each other. Compiled once for all networks: see compiled_steps.py.

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

typedef double V __attribute__((vector_size(32), aligned(8)));
typedef int64_t I __attribute__((vector_size(32), aligned(8)));

static const int WIDTH = 4, REGISTERS = 4, LANES = REGISTERS * WIDTH;

struct Block {
    V v[REGISTERS];
};

// As in the list ACTIVATION_CODES of compiled_steps.py.
enum Code { LINEAR, RELU, LEAKY_RELU, CLIP, ABSOLUTE, SOFTSIGN, TANH, SIGMOID, SOFTPLUS,
            ELU, EXPONENTIAL, LIF_RATE, TABULATED };

static inline V splat(double x) { return V{} + x; }
// All keep x where it is not a number.
static inline V smaller(V x, V limit) { return limit < x ? limit : x; }
static inline V larger(V x, V limit) { return limit > x ? limit : x; }
static inline V magnitude(V x) { return x < 0.0 ? -x : x; }

// Loop over the registers of a block, whose operations do not wait for each other.
#define EACH for (int h = 0; h < REGISTERS; ++h)

// x = n ln 2 + r with |r| <= ln 2 / 2: scale = 2^n and p = e^r - 1, for x from -708 to 709.
static inline void reduce(const V* x, V* scale, V* p) {
    // The polynomial through (e^r - 1 - r) / r^2 at its Chebyshev nodes, even and odd powers apart,
    // because two short chains of operations take less time than a long one; e^r to 2e-17.
    static const double even[] = {2.7620088445409746e-07, 2.4801521295954376e-05,
                                  0.0013888888917213717, 0.04166666666662413,
                                  0.5000000000000001},
                        odd[] = {2.510038549551032e-08, 2.7557268459997064e-06,
                                 0.00019841269863053618, 0.008333333333330062,
                                 0.16666666666666669};
    V r[REGISTERS], s[REGISTERS], a[REGISTERS], b[REGISTERS];
    EACH {
        V shifted = x[h] * 1.4426950408889634 + 0x1.8p52, n = shifted - 0x1.8p52;
        r[h] = (x[h] - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10;
        // The low bits of `shifted` are n.
        scale[h] = (V)(((I)shifted << 52) + (I)splat(1.0));
        s[h] = r[h] * r[h];
        a[h] = splat(even[0]);
        b[h] = splat(odd[0]);
    }
    for (int k = 1; k < 5; ++k) EACH {
        a[h] = a[h] * s[h] + even[k];
        b[h] = b[h] * s[h] + odd[k];
    }
    EACH p[h] = (b[h] * r[h] + a[h]) * s[h] + r[h];
}

// e^x for x <= 709, e^-708 below -708.
static inline void take_exp(V* x) {
    V scale[REGISTERS], p[REGISTERS];
    EACH x[h] = larger(x[h], splat(-708.0));
    reduce(x, scale, p);
    EACH x[h] = scale[h] * p[h] + scale[h];
}

// (e^2x - 1) / (e^2x + 1); e^2x - 1 is p where n is 0, which keeps the relative accuracy near 0.
static inline void take_tanh(V* x) {
    V scale[REGISTERS], p[REGISTERS];
    EACH x[h] = smaller(larger(2.0 * x[h], splat(-40.0)), splat(40.0));  // 1 to the last digit
    reduce(x, scale, p);
    EACH {
        V e = scale[h] * p[h] + (scale[h] - 1.0);
        x[h] = e / (e + 2.0);
    }
}

static inline void take_sigmoid(V* x) {
    EACH x[h] = smaller(-x[h], splat(709.0));
    take_exp(x);
    EACH x[h] = 1.0 / (1.0 + x[h]);
}

// ln(1 + e^x) = max(x, 0) + 2 artanh(u / (2 + u)), u = e^-|x| <= 1.
static inline void take_softplus(V* x) {
    V u[REGISTERS];
    EACH u[h] = -magnitude(x[h]);
    take_exp(u);
    EACH {
        V s = u[h] / (2.0 + u[h]), q = s * s, sum = splat(1.0 / 35);
        for (int k = 33; k > 0; k -= 2) sum = sum * q + 1.0 / k;
        x[h] = larger(x[h], V{}) + 2.0 * s * sum;
    }
}

static double lif_rate(double x, double refractory, double width) {
    double j = x > 0 ? x : 0.0;
    if (width > 0) {
        double z = x / width < -700 ? -700 : x / width;
        j = width * ((z > 0 ? z : 0.0) + std::log1p(std::exp(-std::fabs(z))));
    }
    if (!(j > 0)) return 0.0;
    double interval = refractory + std::log1p(1 / (j < 1e-300 ? 1e-300 : j));
    return 1 / (interval < 1e-16 ? 1e-16 : interval);
}

struct Table {
    const double *knots, *values, *slopes;
    int64_t n;
};

static double interpolate(double x, const Table& table) {
    int64_t low = 0, high = table.n - 1;
    if (x <= table.knots[0]) return table.values[0] + table.slopes[0] * (x - table.knots[0]);
    if (x >= table.knots[high]) return table.values[high] + table.slopes[high - 1] * (x - table.knots[high]);
    while (high - low > 1) {
        int64_t middle = (low + high) / 2;
        (table.knots[middle] <= x ? low : high) = middle;
    }
    return table.values[low] + table.slopes[low] * (x - table.knots[low]);
}

// p: height, gain, threshold, then two parameters of the function.
static inline void activate(int64_t code, V* x, const double* p, const Table& table) {
    const bool is_scaled = p[0] != 1.0 || p[1] != 1.0 || p[2] != 0.0;
    if (is_scaled) EACH x[h] = p[1] * (x[h] - p[2]);
    switch (code) {
        case LINEAR: break;
        case RELU: EACH x[h] = larger(x[h], V{}); break;
        case LEAKY_RELU: EACH x[h] = x[h] > 0.0 ? x[h] : p[3] * x[h]; break;
        case CLIP: EACH x[h] = smaller(larger(x[h], splat(p[3])), splat(p[4])); break;
        case ABSOLUTE: EACH x[h] = magnitude(x[h]); break;
        case SOFTSIGN: EACH x[h] = x[h] / (1.0 + magnitude(x[h])); break;
        case TANH: take_tanh(x); break;
        case SIGMOID: take_sigmoid(x); break;
        case SOFTPLUS:
            EACH x[h] = x[h] / p[3];
            take_softplus(x);
            EACH x[h] = p[3] * x[h];
            break;
        case ELU: {
            // The series of expm1 is not needed: the error is 1e-16 of the depth.
            V e[REGISTERS];
            EACH e[h] = smaller(x[h], V{});
            take_exp(e);
            EACH x[h] = x[h] > 0.0 ? x[h] : p[3] * (e[h] - 1.0);
            break;
        }
        case EXPONENTIAL:
            EACH x[h] = smaller(x[h], splat(p[3]));
            take_exp(x);
            break;
        case LIF_RATE:
            EACH for (int b = 0; b < WIDTH; ++b) x[h][b] = lif_rate(x[h][b], p[3], p[4]);
            break;
        case TABULATED:
            EACH for (int b = 0; b < WIDTH; ++b) x[h][b] = interpolate(x[h][b], table);
            break;
    }
    if (is_scaled) EACH x[h] = p[0] * x[h];
}

static inline Block fill(double x) {
    Block block;
    EACH block.v[h] = splat(x);
    return block;
}

// A sparse matrix: the entries of row i are those from starts[i] to starts[i + 1].
struct Rows {
    const int64_t *starts, *columns;
    const double* weights;
};

static inline Block multiply(const Rows& rows, int64_t i, const Block* x, Block sum) {
    for (int64_t k = rows.starts[i]; k < rows.starts[i + 1]; ++k)
        EACH sum.v[h] += rows.weights[k] * x[rows.columns[k]].v[h];
    return sum;
}

struct Network {
    int64_t n_units, n_channels, n_static, has_divisor;
    Rows recurrent, input, divisive, divisive_input;
    const double *bias, *factors, *parameters;  // of each unit: 1, 1 and 5 numbers
    const int64_t *codes, *gates, *tables;      // of each unit; gates and tables -1 without
    const double *knots, *values, *slopes;      // of all tables
    const int64_t* table_starts;
};

struct Run {
    int64_t n_lanes, n_times, substeps, steps_per_bin;
    int64_t lane_stride, time_stride, channel_stride;
    const double* inputs;  // (lane, time, channel), with these distances in memory
    double* means;         // (lane, time / steps_per_bin, unit)
};

static inline Block evaluate(const Network& net, int64_t i, const Block* rates, const Block* drive) {
    Block x = multiply(net.recurrent, i, rates, drive[i]);
    if (net.has_divisor) {
        Block divisor = multiply(net.divisive, i, rates, drive[net.n_units + i]);
        EACH x.v[h] /= divisor.v[h];
    }
    Table table = {};
    if (net.tables[i] >= 0) {
        int64_t start = net.table_starts[net.tables[i]];
        table = {net.knots + start, net.values + start, net.slopes + start,
                 net.table_starts[net.tables[i] + 1] - start};
    }
    activate(net.codes[i], x.v, net.parameters + 5 * i, table);
    if (net.gates[i] >= 0)
        EACH x.v[h] *= rates[net.gates[i]].v[h];
    return x;
}

// Copy the stimulus of some steps, with the lanes of a block side by side. Where the lanes end, the
// last one stands for those that a block lacks.
static void gather_inputs(const Network& net, const Run& run, int64_t first, int64_t start,
                          int64_t stop, Block* u) {
    EACH {
        const double* lanes[WIDTH];
        for (int b = 0; b < WIDTH; ++b) {
            const int64_t lane = first + h * WIDTH + b;
            lanes[b] = run.inputs + (lane < run.n_lanes ? lane : run.n_lanes - 1) * run.lane_stride;
        }
        Block* next = u;
        for (int64_t t = start; t < stop; ++t) {
            int64_t at = t * run.time_stride;
            for (int64_t c = 0; c < net.n_channels; ++c, at += run.channel_stride)
                (next++)->v[h] = V{lanes[0][at], lanes[1][at], lanes[2][at], lanes[3][at]};
        }
    }
}

static void integrate_block(const Network& net, const Run& run, int64_t first) {
    const int64_t n = net.n_units, n_bins = run.n_times / run.steps_per_bin;
    const int64_t n_block = run.n_lanes - first < LANES ? run.n_lanes - first : LANES;
    const int64_t n_steps = n_bins * run.steps_per_bin;
    // Steps whose stimulus is copied at a time: few enough to stay in the cache.
    const int64_t n_copied = net.n_channels < 64 ? 64 / (net.n_channels + !net.n_channels) : 1;
    std::vector<Block> rates(n, Block{}), next(n, Block{}), sums(n, Block{});
    std::vector<Block> drive(n * (1 + net.has_divisor), Block{}), inputs(net.n_channels * n_copied, Block{});
    for (int64_t t = 0; t < n_steps; ++t) {
        const int64_t copied = t % n_copied;
        if (!copied)
            gather_inputs(net, run, first, t, t + n_copied < n_steps ? t + n_copied : n_steps, inputs.data());
        const Block* u = inputs.data() + copied * net.n_channels;
        for (int64_t i = 0; i < n; ++i) {
            drive[i] = multiply(net.input, i, u, fill(net.bias[i]));
            if (net.has_divisor)
                drive[n + i] = multiply(net.divisive_input, i, u, fill(1.0));
        }
        for (int64_t s = 0; s <= run.substeps; ++s) {
            for (int64_t i = 0; i < net.n_static; ++i)
                rates[i] = evaluate(net, i, rates.data(), drive.data());
            if (s == run.substeps) break;
            for (int64_t i = net.n_static; i < n; ++i)
                next[i] = evaluate(net, i, rates.data(), drive.data());
            for (int64_t i = net.n_static; i < n; ++i)
                EACH
                    rates[i].v[h] += net.factors[i] * (next[i].v[h] - rates[i].v[h]);
        }
        for (int64_t i = 0; i < n; ++i)
            EACH sums[i].v[h] += rates[i].v[h];
        if ((t + 1) % run.steps_per_bin) continue;
        for (int64_t b = 0; b < n_block; ++b)
            for (int64_t i = 0; i < n; ++i)
                run.means[((first + b) * n_bins + t / run.steps_per_bin) * n + i] =
                    sums[i].v[b / WIDTH][b % WIDTH] / run.steps_per_bin;
        for (int64_t i = 0; i < n; ++i) sums[i] = Block{};
    }
}

// Integrate lanes from `start`, a multiple of LANES, to `stop`: calls for other lanes may run beside.
extern "C" void integrate_rates(const Network* network, const Run* run, int64_t start, int64_t stop) {
    for (int64_t first = start; first < stop; first += LANES)
        integrate_block(*network, *run, first);
}
