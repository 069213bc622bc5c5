// The part of a program that is the same for all networks: it reads the input, delivers spikes, and
// runs the time steps. It is compiled once and linked to the code of every network.
#include "runtime.h"
#include <cstring>
#include <ctime>
#ifdef __linux__
#include <csignal>
#include <sys/prctl.h>
#endif

namespace bioann {

// Other threads may go on: nothing is destroyed that they use.
[[noreturn]] static void fail(const char* what) {
    std::fprintf(stderr, "%s\n", what);
    std::fflush(stderr);
    std::_Exit(3);
}

int PARTS = 1;

static std::FILE* input() {
    static std::FILE* file = std::fopen("input", "rb");
    if (!file) fail("the input file is missing");
    return file;
}

template<class T> static void get(T* to, size_t n) {
    if (n && std::fread(to, sizeof(T), n, input()) != n) fail("the input ends too early");
}

static int64_t number() { int64_t n; get(&n, 1); return n; }

template<class T> void load(T* to, size_t size) {
    const size_t n = number();
    if (n == 0 && size == 0) return;
    if (n == 0 || size % n) fail("an array in the input has the wrong size");
    get(to, n);
    for (size_t k = n; k < size; k++) to[k] = to[k - n];
}

template<class T> void load(std::vector<T>& to) { load(to.data(), to.size()); }

template<class T> static void whole(std::vector<T>& to) { to.resize(number()); get(to.data(), to.size()); }

template<class T> static void reorder(T* values, const Order& order) {
    std::vector<T> found(order.size());
    for (size_t k = 0; k < order.size(); k++) found[k] = values[order[k]];
    std::copy(found.begin(), found.end(), values);
}

void skip(size_t bytes) { std::fseek(input(), number() * bytes, SEEK_CUR); }

// Returns the index of the first synapse of each of `many` neurons, for synapses sorted by neuron.
template<class T> static std::vector<int32_t> begins(const T* neurons, size_t n, size_t many) {
    std::vector<int32_t> firsts(many + 1);
    for (size_t k = 0; k < n; k++) firsts[neurons[k] + 1]++;
    for (size_t i = 0; i < many; i++) firsts[i + 1] += firsts[i];
    return firsts;
}

// Returns the order that sorts synapses by neuron; empty if they are sorted already.
template<class T> static Order ordered(const T* neurons, size_t n, std::vector<int32_t> next) {
    Order order;
    if (std::is_sorted(neurons, neurons + n)) return order;
    order.resize(n);
    for (size_t k = 0; k < n; k++) order[next[neurons[k]]++] = k;
    return order;
}

void Waiting::wait(double seconds, double dt) {
    delay = (int)(seconds / dt + 0.5);
    spikes.resize(delay + 1);
}

void Waiting::advance() {
    spikes[now].clear();
    now = (now + 1) % spikes.size();
}

void Waiting::push(const int32_t* fired, int32_t n) { then().insert(then().end(), fired, fired + n); }

void Waiting::push(Drawn& from) { from.next(then()); }

void Drawn::load() {
    width = number();
    left = number();
    at = std::ftell(input());
    std::fseek(input(), left * width, SEEK_CUR);
    whole(counts);
}

void Drawn::refill() {
    const int64_t most = 1 << 15, n = std::min(left, most);
    if (!n) fail("the input ends too early");
    some.resize(n * width);
    std::fseek(input(), at, SEEK_SET);
    get(some.data(), some.size());
    at += some.size();
    left -= n;
    used = 0;
}

void Drawn::next(std::vector<int32_t>& to) {
    size_t n = step < counts.size() ? counts[step] : 0;
    for (step++; n; ) {
        if (used == some.size()) refill();
        const size_t here = std::min(n, (some.size() - used) / width);
        const size_t old = to.size();
        to.resize(old + here);
        const auto *two = (const uint16_t*)(some.data() + used);
        const auto *four = (const int32_t*)(some.data() + used);
        if (width == 2) std::copy(two, two + here, to.data() + old);
        else std::copy(four, four + here, to.data() + old);
        used += here * width;
        n -= here;
    }
}

// Reads `n` neuron indices of two bytes each (narrow) or four.
static std::vector<int32_t> neurons(size_t n, bool narrow) {
    std::vector<int32_t> found(n);
    if (!narrow) { get(found.data(), n); return found; }
    std::vector<uint16_t> two(n);
    get(two.data(), n);
    std::copy(two.begin(), two.end(), found.begin());
    return found;
}

size_t connect(std::vector<int32_t>& pre, std::vector<int32_t>& post) {
    const size_t lanes = number(), n_pre = number(), n_post = number(), n = number();
    const bool narrow = number();
    pre = neurons(n, narrow);
    post = neurons(n, narrow);
    pre.resize(n * lanes);
    post.resize(n * lanes);
    for (size_t k = n; k < pre.size(); k++) {
        pre[k] = pre[k - n] + n_pre;
        post[k] = post[k - n] + n_post;
    }
    return lanes * n_pre;
}

template<class T> void load(std::vector<T>& to, const Order& order) {
    whole(to);
    if (order.size())
        for (size_t k = 0; k < to.size(); k += order.size()) reorder(to.data() + k, order);
}

static std::vector<int64_t> read_sizes() {
    std::vector<int64_t> found;
    whole(found);
    return found;
}

const std::vector<int64_t> SIZES = read_sizes();

void* allocate(size_t n, size_t bytes) {
    void* const memory = std::calloc(n, bytes);
    if (n && !memory) fail("memory does not suffice for the state of the network");
    return memory;
}

template<class T> void resize(std::vector<T>& to, size_t n) { to.resize(n); }

#include "recorder.h"

static void progress(int64_t step, int64_t steps) {
    static double next = 0.5;
    const double now = double(std::clock()) / CLOCKS_PER_SEC;
    if (now < next) return;
    next = now + 0.5;
    std::printf("done %lld %lld\n", (long long)step, (long long)steps);
    std::fflush(stdout);
}

// What the code of a network uses, for the types of its arrays.
#define FOR_TYPE(T) \
    template void load(T*, size_t); \
    template void load(std::vector<T>&); \
    template void load(std::vector<T>&, const Order&); \
    template void resize(std::vector<T>&, size_t); \
    template void keep(const T*, size_t); \
    template void keep(const std::vector<T>&);
FOR_TYPE(double)
FOR_TYPE(int32_t)
FOR_TYPE(int64_t)

}  // namespace bioann

void SynapticPathway::prepare(int, int, const double* delays, size_t, const int32_t* from, size_t n, double dt) {
    wait(delays[0], dt);
    firsts = bioann::begins(from, n, sources_end);
    order = bioann::ordered(from, n, firsts);
}

// Reads synapses and sorts them by part and presynaptic neuron; returns their order in the input if
// it differs and is wanted.
template<class T> bioann::Order Fixed::sort(std::vector<T>& neurons, size_t n, bool wanted) {
    std::vector<T> from(n);
    neurons.resize(n);
    bioann::get(from.data(), n);
    bioann::get(neurons.data(), n);
    std::vector<uint8_t> part_of(n_post);
    for (int part = 0; part < bioann::PARTS; part++)
        std::fill(part_of.begin() + bioann::part_begin(n_post, part), part_of.begin() + bioann::part_begin(n_post, part + 1), part);
    firsts.assign(bioann::PARTS * n_pre + 1, 0);
    for (size_t k = 0; k < n; k++) firsts[part_of[neurons[k]] * n_pre + from[k] + 1]++;
    for (size_t i = 1; i < firsts.size(); i++) firsts[i] += firsts[i - 1];
    if (bioann::PARTS == 1 && std::is_sorted(from.begin(), from.end())) return {};
    std::vector<int32_t> next(firsts);
    std::vector<T> to(n);
    bioann::Order order(wanted ? n : 0);
    for (size_t k = 0; k < n; k++) {
        const int32_t at = next[part_of[neurons[k]] * n_pre + from[k]]++;
        to[at] = neurons[k];
        if (wanted) order[at] = k;
    }
    neurons.swap(to);
    return order;
}

bioann::Order Fixed::load(bool wanted) {
    lanes = bioann::number(); n_pre = bioann::number(); n_post = bioann::number();
    const size_t n = bioann::number();
    return bioann::number() ? sort(narrow, n, wanted) : sort(targets, n, wanted);
}

// Reads the delay in seconds of each synapse of a lane, in the order of the input.
void Delayed::load_delays(double dt, const bioann::Order& order) {
    std::vector<double> seconds;
    bioann::whole(seconds);
    if (order.size()) bioann::reorder(seconds.data(), order);
    std::vector<int32_t> steps(seconds.size());
    for (size_t k = 0; k < steps.size(); k++) steps[k] = (int)(seconds[k] / dt + 0.5);
    lags = steps;
    std::sort(lags.begin(), lags.end());
    lags.erase(std::unique(lags.begin(), lags.end()), lags.end());
    wait(lags.empty() ? 0.0 : lags.back() * dt, dt);
    const size_t lists = firsts.size() - 1;
    begins.reserve(lists * lags.size() + 1);
    for (size_t list = 0, at = 0; list < lists; list++)
        for (const int32_t lag : lags) {
            begins.push_back(at);
            while (at < size_t(firsts[list + 1]) && steps[at] == lag) at++;
        }
    begins.push_back(steps.size());
}

#include "simulate.h"

int main(int n_arguments, char** arguments) {
    using namespace bioann;
#ifdef __linux__
    // Elsewhere it ends when it next reports its progress to a process that is no longer there.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
#ifdef BIOANN_THREADS
    const int threads = n_arguments > 1 ? std::atoi(arguments[1]) : 1;
    if (network::DIVISIBLE && threads > 1) PARTS = std::min(threads, MAX_PARTS);
#endif
    network::set_up();
    recorder.read();
    network::fill_queues();
    simulate();
    recorder.finish();
    std::FILE* const file = output();
    recorder.put_all(file);
    network::write_states();
    recorder.put_courses(file);
    written(file);
    return 0;
}
