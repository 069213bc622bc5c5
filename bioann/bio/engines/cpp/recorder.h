// Recording of a run, its output files, and the checks that may stop it.
[[noreturn]] static void unwritten() { fail("the output cannot be written"); }

static std::FILE* writable(const char* name) {
    std::FILE* file = std::fopen(name, "wb");
    if (!file) unwritten();
    return file;
}

static void written(std::FILE* file) { if (std::fclose(file)) unwritten(); }

template<class T> static void write(std::FILE* file, const T* from, size_t n) {
    if (std::fwrite(from, sizeof(T), n, file) != n) unwritten();
}

template<class T> static void put(std::FILE* file, const T* from, size_t n) {
    const int64_t count = n;
    write(file, &count, 1);
    write(file, from, n);
}
template<class T> static void put(std::FILE* file, const std::vector<T>& from) { put(file, from.data(), from.size()); }

// Buffer of spikes of one population, written when it is full. No memory grows with the number of
// spikes, because memory is slow when it is used for the first time.
struct Block {
    static const int32_t ROOM = 1 << 15;
    std::FILE* file;
    int32_t which;                     // population
    bool narrow;                       // whether a neuron index takes two bytes
    std::vector<int32_t> words;        // population, number of spikes, neuron indices
    int32_t n;

    void add(const int32_t* who, int32_t many) {
        if (words.empty()) words.resize(2 + ROOM);
        while (many) {
            const int32_t fit = std::min(many, ROOM - n);
            if (narrow) std::copy(who, who + fit, reinterpret_cast<uint16_t*>(&words[2]) + n);
            else std::copy(who, who + fit, &words[2] + n);
            n += fit; who += fit; many -= fit;
            if (n == ROOM) flush();
        }
    }

    void flush() {
        if (!n) return;
        words[0] = which; words[1] = n;
        write(file, reinterpret_cast<char*>(words.data()), 8 + n * (narrow ? 2 : 4));
        n = 0;
    }
};

struct State { int variable; double* values; double bound; };

// Samples of a state variable of some neurons.
struct Samples {
    int64_t state;
    std::vector<int32_t> neurons;
    std::vector<double> course;
};

struct Population {
    int32_t* spikes;            // neurons that fired in this step; the last element is their number
    int64_t size;
    double* potential;
    std::vector<State> states;
    std::vector<int32_t> steps, fired;  // time steps with spikes, and the number of spikes in each
    std::vector<int32_t> seen, bins, counts, probed;
    std::vector<double> course;
    Block block;
    std::vector<Samples> samples;
};

struct Recorder {
    int64_t lanes, every, spikes, bin, n_bins, counts, sampling;
    double busy, dt;
    std::vector<Population> populations;
    std::vector<const std::vector<double>*> synapses;  // state variables of learning synapses
    std::vector<int32_t> sampled;                       // indices of those that are sampled
    std::vector<std::vector<double>> courses;
    std::FILE* file;

    void read() {
        lanes = number(); every = number(); spikes = number(); bin = number(); n_bins = number(); counts = number();
        sampling = number();
        get(&busy, 1); get(&dt, 1);
        for (auto& p : populations) {
            whole(p.probed);
            p.samples.resize(number());
            for (auto& s : p.samples) { s.state = number(); whole(s.neurons); }
            p.seen.assign(lanes, 0);
            if (bin) p.bins.assign(lanes * n_bins, 0);
            if (counts) p.counts.assign(p.size, 0);
        }
        whole(sampled);
        courses.resize(sampled.size());
        if (!spikes) return;
        file = writable("spikes");
        std::setvbuf(file, nullptr, _IONBF, 0);  // blocks are large
        for (size_t k = 0; k < populations.size(); k++) {
            auto& p = populations[k];
            p.block = Block{file, int32_t(k), p.size <= 1 << 16};
        }
    }

    // Whether anything is read from neurons or synapses at the start of a time step.
    bool reads(int64_t step) const {
        for (auto& p : populations)
            if (p.probed.size() || (p.samples.size() && step % sampling == 0)) return true;
        return sampled.size() && step % sampling == 0;
    }

    void before(int64_t step) {
        for (auto& p : populations)
            for (int32_t k : p.probed) p.course.push_back(p.potential[k]);
        if (step % sampling == 0) sample();
    }

    void sample() {
        for (auto& p : populations)
            for (auto& s : p.samples)
                for (int32_t k : s.neurons) s.course.push_back(p.states[s.state].values[k]);
        for (size_t k = 0; k < sampled.size(); k++) {
            const auto& values = *synapses[sampled[k]];
            courses[k].insert(courses[k].end(), values.begin(), values.end());
        }
    }

    // Records the spikes of a time step.
    void record(int64_t step) {
        const int64_t at = bin && step / bin < n_bins ? step / bin : -1;
        for (auto& p : populations) {
            const int32_t n = p.spikes[p.size];
            if (!n) continue;
            if (spikes) {
                p.steps.push_back(step);
                p.fired.push_back(n);
                p.block.add(p.spikes, n);
            }
            if (counts)
                for (int32_t k = 0; k < n; k++) p.counts[p.spikes[k]]++;
            count(p, n, at);
        }
    }

    // Whether states and rates are checked at the end of a time step.
    bool checks(int64_t step) const { return step % every == 0; }

    // Counts spikes by lane; those of one lane are adjacent, in any order.
    void count(Population& p, int32_t n, int64_t at) {
        const uint32_t per_lane = p.size / lanes;
        for (int32_t k = 0; k < n;) {
            const uint32_t lane = uint32_t(p.spikes[k]) / per_lane, first = lane * per_lane;
            const int32_t from = k;
            if (lanes == 1) k = n;
            while (k < n && uint32_t(p.spikes[k]) - first < per_lane) k++;
            p.seen[lane] += k - from;
            if (at >= 0) p.bins[lane * n_bins + at] += k - from;
        }
    }

    void finish() {
        if (!spikes) return;
        for (auto& p : populations) p.block.flush();
        written(file);
    }

    void put_all(std::FILE* to) {
        for (auto& p : populations) {
            put(to, p.steps); put(to, p.fired); put(to, p.bins); put(to, p.counts); put(to, p.course);
            for (auto& s : p.samples) put(to, s.course);
        }
    }

    void put_courses(std::FILE* to) {
        for (auto& course : courses) put(to, course);
    }

    // Returns whether the run has to stop, and reports why.
    bool out_of_bounds(int64_t step) {
        for (size_t k = 0; k < populations.size(); k++) {
            auto& p = populations[k];
            for (auto& s : p.states)
                for (int64_t i = 0; i < p.size; i++)
                    if (!(std::fabs(s.values[i]) <= s.bound) || std::isinf(s.values[i])) {
                        std::printf("state %zu %d %lld %.17g %lld\n", k, s.variable, (long long)i, s.values[i], (long long)step);
                        return true;
                    }
            const int64_t most = std::max_element(p.seen.begin(), p.seen.end()) - p.seen.begin();
            const int64_t count = p.seen[most];
            std::fill(p.seen.begin(), p.seen.end(), 0);
            if (step && count > busy * every * (p.size / lanes)) {
                std::printf("spikes %zu %lld %lld %lld\n", k, (long long)most, (long long)count, (long long)step);
                return true;
            }
        }
        return false;
    }
};

static Recorder recorder;

void record_population(int32_t* spikes, int64_t size, double* potential) {
    recorder.populations.push_back(Population{spikes, size, potential});
}

void check_state(int variable, double* values, double bound) {
    recorder.populations.back().states.push_back({variable, values, bound});
}

void record_synapses(const std::vector<double>& values) { recorder.synapses.push_back(&values); }

static std::FILE* output() {
    static std::FILE* const file = writable("output");
    return file;
}

template<class T> void keep(const T* from, size_t n) { put(output(), from, n); }
template<class T> void keep(const std::vector<T>& from) { put(output(), from); }
