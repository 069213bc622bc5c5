// Parts of a network, which are neurons with consecutive indices of every population. Threads run
// different parts at the same time. What a neuron receives is added up in the same order for any
// number of parts, so that results do not depend on it.
#pragma once
#include <cstdint>
#include <vector>

namespace bioann {

const int MAX_PARTS = 64;
extern int PARTS;  // number of parts; with several lanes there is one

// First of `n` neurons that is in a part; whole groups of the neurons whose thresholds are tested together.
static inline int64_t part_begin(int64_t n, int part) {
    return part >= PARTS ? n : n * part / PARTS / 32 * 32;
}

// Values that are separate for each part; two threads do not write to the same cache line.
template<class T> class PerPart {
    struct Padded { T value{}; char padding[64]; };
    Padded values[MAX_PARTS];

public:
    T& operator[](int part) { return values[part].value; }
};

// The row of a timed array that the neurons of a part read, one value per neuron.
struct Row {
    const double* source = nullptr;
    std::vector<double> values;
};

// The neurons of a population that fire in a time step.
class Firing {
    struct Fired { std::vector<int32_t> neurons; int32_t n = 0; };
    PerPart<Fired> fired;

public:
    // Where the neurons of a part are listed that fire: those of the first in Brian2's own list.
    int32_t* list(int part, int32_t* all, int64_t size) {
        auto& own = fired[part];
        if (part && own.neurons.empty()) own.neurons.resize(size);
        return part ? own.neurons.data() : all;
    }
    int32_t& count(int part) { return fired[part].n; }

    // Appends the lists of all parts to that of the first; the number of neurons comes last.
    void join(int32_t* all, int64_t size) {
        int32_t n = fired[0].n;
        for (int part = 1; part < PARTS; part++) {
            auto& own = fired[part];
            std::copy(own.neurons.data(), own.neurons.data() + own.n, all + n);
            n += own.n;
        }
        all[size] = n;
    }
};

}  // namespace bioann
