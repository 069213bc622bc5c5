// What the code of a network shares with the part of a program that is the same for all networks.
#pragma once
#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <utility>
#include <vector>
#include "parts.h"
using std::vector; using std::pair; using std::distance; using std::lower_bound; using std::upper_bound; using std::rotate;

template<typename T> static inline int int_(T value) { return (int)value; }
template<> inline int int_(bool value) { return value ? 1 : 0; }

namespace bioann {

using Order = std::vector<int32_t>;

// Array sizes, which come first in the input.
extern const std::vector<int64_t> SIZES;
static inline int64_t size(int k) { return SIZES[k]; }

// Reads an array of `size` values: a single value for all, the values of one lane, or all of them.
template<class T> void load(T* to, size_t size);
template<class T> void load(std::vector<T>& to);
// Reads values of the synapses of one lane, or of every lane, and sorts them like the synapses.
template<class T> void load(std::vector<T>& to, const Order& order);
// Reads the synapses of one lane and repeats them for every lane; returns the number of sources.
size_t connect(std::vector<int32_t>& pre, std::vector<int32_t>& post);
// Skips a number of bytes times an integer that is read.
void skip(size_t bytes);

// Returns zeroed memory for `n` values of a number of bytes each.
void* allocate(size_t n, size_t bytes);
template<class T> void resize(std::vector<T>& to, size_t n);
// Writes the final values of an array to the output.
template<class T> void keep(const std::vector<T>& from);
template<class T> void keep(const T* from, size_t n);

// Records a population; `spikes` lists the neurons that fire in a step, and their number comes last.
void record_population(int32_t* spikes, int64_t size, double* potential);
// Stops the run when a state of the population that was named last exceeds its bound.
void check_state(int variable, double* values, double bound);

// Lets a state variable of learning synapses be sampled.
void record_synapses(const std::vector<double>& values);

// Input spikes that were drawn before the run; they are read in blocks.
class Drawn {
    std::vector<int32_t> counts;
    std::vector<char> some;
    size_t step = 0, width = 0, used = 0;
    int64_t at = 0, left = 0;
    void refill();

public:
    void load();
    void next(std::vector<int32_t>& to);
};

// Queue of neurons that have fired: all synapses of a pathway have the same delay, or at most that.
class Waiting {
    std::vector<std::vector<int32_t>> spikes{1};  // neurons that fired, by time step (ring buffer)
    size_t now = 0, delay = 0;
    std::vector<int32_t>& then() { return spikes[(now + delay) % spikes.size()]; }

protected:
    // Neurons that fired a number of steps ago, at most the delay.
    const std::vector<int32_t>& fired(size_t steps) const {
        return spikes[(now + delay - steps) % spikes.size()];
    }

public:
    void wait(double seconds, double dt);
    void advance();
    void push(const int32_t* fired, int32_t n);
    void push(Drawn& from);

    const std::vector<int32_t>& due() const { return spikes[now]; }
};

}  // namespace bioann

// In what follows, `each` delivers the spikes that are due to the neurons of one part, whose indices
// lie between `from` and `to`. Each neuron receives its spikes in the order in which they are due.

// Spikes that carry the index of the neuron they reach.
struct Direct : bioann::Waiting {
    template<class F> void each(int, int32_t from, int32_t to, F&& arrive) const {
        for (const int32_t spike : due())
            if (spike >= from && spike < to) arrive(spike, size_t(0), size_t(0), spike);
    }
};

// Synapses of one lane, which stand for those of every lane, sorted by the part of the postsynaptic
// neuron, then by presynaptic neuron.
class Fixed : public bioann::Waiting {
protected:
    size_t lanes = 1, n_pre = 0, n_post = 0;
    std::vector<int32_t> firsts, targets;  // first synapse of each part and presynaptic neuron
    std::vector<uint16_t> narrow;          // replaces `targets` if two bytes are enough

private:
    template<class T> bioann::Order sort(std::vector<T>& neurons, size_t n, bool wanted);

    template<class T, class F> void each(const std::vector<T>& found, int part, F&& arrive) const {
        const T* const target = found.data();
        const int32_t* const begin = firsts.data() + part * n_pre;
        const std::vector<int32_t>& spikes = due();
        const size_t n = spikes.size();
        for (size_t k = 0; k < n; k++) {
            const int32_t spike = spikes[k];
            // What the next spikes read is far away in memory, and takes longer to come than a spike.
            if (lanes == 1 && k + 8 < n) {
                __builtin_prefetch(begin + spikes[k + 8]);
                __builtin_prefetch(target + begin[spikes[k + 4]]);
            }
            const uint32_t lane = lanes == 1 ? 0 : uint32_t(spike) / uint32_t(n_pre), own = spike - lane * n_pre;
            const size_t base = lane * found.size(), first = lane * n_post;
            for (size_t at = begin[own], end = begin[own + 1]; at < end; at++)
                arrive(spike, base, at, int32_t(first + target[at]));
        }
    }

public:
    bioann::Order load(bool wanted);
    size_t size() const { return lanes * one_lane(); }
    size_t one_lane() const { return targets.size() + narrow.size(); }

    // Mask for the lane's offset in an array of `values` elements: all bits if it holds every lane.
    size_t own(size_t values) const { return values > one_lane() ? ~size_t(0) : 0; }

    template<class F> void each(int part, int32_t, int32_t, F&& arrive) const {
        if (narrow.size()) each(narrow, part, arrive); else each(targets, part, arrive);
    }
};

// Synapses of one lane with delays of their own, sorted by part, presynaptic neuron and delay.
class Delayed : public Fixed {
    std::vector<int32_t> lags;    // the delays that occur, in steps, ascending
    std::vector<int32_t> begins;  // first synapse of each part, neuron and delay

    template<class T, class F> void each(const std::vector<T>& found, int part, F&& arrive) const {
        const T* const target = found.data();
        const int32_t* const of_part = begins.data() + part * n_pre * lags.size();
        // In the order in which Brian2 queues synapses: by the time of the spike, then by neuron.
        for (size_t k = lags.size(); k-- > 0;)
            for (const int32_t spike : fired(lags[k])) {
                const uint32_t lane = uint32_t(spike) / uint32_t(n_pre), own = spike - lane * n_pre;
                const size_t base = lane * found.size(), first = lane * n_post;
                const int32_t* const begin = of_part + own * lags.size() + k;
                for (size_t at = begin[0], end = begin[1]; at < end; at++)
                    arrive(spike, base, at, int32_t(first + target[at]));
            }
    }

public:
    void load_delays(double dt, const bioann::Order& order);

    template<class F> void each(int part, int32_t, int32_t, F&& arrive) const {
        if (narrow.size()) each(narrow, part, arrive); else each(targets, part, arrive);
    }
};

// Synapses of every lane, in the order of the input: they learn, or other code uses their indices.
class SynapticPathway : public bioann::Waiting {
    std::vector<int32_t> firsts;    // first synapse of each neuron, in `order`
    bioann::Order order;            // empty if synapses are sorted already

public:
    int32_t sources_end = 0;        // number of neurons that may be presynaptic
    std::vector<int32_t>& sources;

    SynapticPathway(std::vector<int32_t>& of) : sources(of) {}

    void prepare(int, int, const double* delays, size_t, const int32_t* from, size_t n, double dt);

    template<class F> void each(F&& arrive) const {
        for (const int32_t spike : due())
            for (int32_t at = firsts[spike]; at < firsts[spike + 1]; at++)
                arrive(order.empty() ? at : order[at]);
    }
};

// What the code of a network defines.
namespace network {
extern const bool DIVISIBLE;  // whether its neurons may be divided into several parts
extern const bool PREPARES;   // whether `prepare` does anything
void set_up();                // allocates all arrays, and reads their values
void fill_queues();           // initialises the spike queues
// A time step; every thread calls the first function, and one thread those without a part.
void set_clocks(int64_t step, int64_t slow_step);
void prepare(bool slow);      // what comes before the integration of states
void integrate(int part);     // integrates states and tests thresholds
void exchange(bool slow);     // queues spikes, and does what cannot be divided
void deliver(int part);       // delivers spikes to synapses, and resets neurons
void write_states();          // writes the final states of learning synapses
}
