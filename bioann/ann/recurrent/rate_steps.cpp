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

// e^x for x <= 709, e^-708 below -708: x = n ln 2 + r, and the Taylor series of e^r to order 13.
static inline void take_exp(V* x) {
    static const double c[] = {1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0,
                               1.0 / 362880.0, 1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0,
                               1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0};
    V shifted[REGISTERS], sum[REGISTERS];
    EACH {
        x[h] = larger(x[h], splat(-708.0));
        shifted[h] = x[h] * 1.4426950408889634 + 0x1.8p52;
        V n = shifted[h] - 0x1.8p52;
        x[h] = (x[h] - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10;
        sum[h] = splat(1.0 / 6227020800.0);
    }
    for (int k = 0; k < 13; ++k) EACH sum[h] = sum[h] * x[h] + c[k];
    // The low bits of `shifted` are n.
    EACH x[h] = sum[h] * (V)(((I)shifted[h] << 52) + (I)splat(1.0));
}

static inline void take_tanh(V* x) {
    V e[REGISTERS];
    EACH e[h] = -2.0 * magnitude(x[h]);
    take_exp(e);
    EACH {
        V a = magnitude(x[h]), s = x[h] * x[h];
        // Below 0.05 by its series, which keeps the relative accuracy.
        V near = a * (1.0 + s * (-1.0 / 3 + s * (2.0 / 15 + s * (-17.0 / 315 + s * (62.0 / 2835
                 + s * (-1382.0 / 155925))))));
        V y = a < 0.05 ? near : (1.0 - e[h]) / (1.0 + e[h]);
        x[h] = x[h] < 0.0 ? -y : y;
    }
}

static inline void take_sigmoid(V* x) {
    V e[REGISTERS];
    EACH e[h] = -magnitude(x[h]);
    take_exp(e);
    EACH x[h] = (x[h] < 0.0 ? e[h] : splat(1.0)) / (1.0 + e[h]);
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

static void integrate_block(const Network& net, const Run& run, int64_t first) {
    const int64_t n = net.n_units, n_bins = run.n_times / run.steps_per_bin;
    const int64_t n_block = run.n_lanes - first < LANES ? run.n_lanes - first : LANES;
    std::vector<Block> rates(n, Block{}), next(n, Block{}), sums(n, Block{});
    std::vector<Block> drive(n * (1 + net.has_divisor), Block{}), u(net.n_channels, Block{});
    const double* inputs = run.inputs + first * run.lane_stride;
    for (int64_t t = 0; t < n_bins * run.steps_per_bin; ++t) {
        for (int64_t c = 0; c < net.n_channels; ++c)
            for (int64_t b = 0; b < n_block; ++b)
                u[c].v[b / WIDTH][b % WIDTH] = inputs[b * run.lane_stride + t * run.time_stride + c * run.channel_stride];
        for (int64_t i = 0; i < n; ++i) {
            drive[i] = multiply(net.input, i, u.data(), fill(net.bias[i]));
            if (net.has_divisor)
                drive[n + i] = multiply(net.divisive_input, i, u.data(), fill(1.0));
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

extern "C" void integrate_rates(const Network* network, const Run* run) {
    for (int64_t first = 0; first < run->n_lanes; first += LANES)
        integrate_block(*network, *run, first);
}
