// The time steps of a run, on one thread or on several.
#include <chrono>
#ifdef BIOANN_THREADS
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#endif

namespace bioann {

#ifdef BIOANN_THREADS
using Thread = std::thread;

// Lets all threads of a team wait for each other. A thread looks for the others first, which takes
// least; if they do not come, because their cores are busy with something else, it sleeps.
class Meeting {
    const int members;
    std::atomic<int> arrived{0}, sleeping{0};
    std::atomic<uint32_t> turn{0};
    std::mutex lock;
    std::condition_variable wake;

public:
    explicit Meeting(int n) : members(n) {}

    void wait() {
        const uint32_t now = turn.load();
        if (arrived.fetch_add(1) == members - 1) {
            arrived.store(0);
            turn.store(now + 1);
            if (!sleeping.load()) return;
            std::lock_guard<std::mutex> guard(lock);
            wake.notify_all();
            return;
        }
        for (int k = 0; k < 1000; k++) {
            if (turn.load(std::memory_order_acquire) != now) return;
#if defined(__x86_64__) || defined(__i386__)
            __builtin_ia32_pause();
#endif
        }
        std::unique_lock<std::mutex> guard(lock);
        sleeping++;
        wake.wait(guard, [&] { return turn.load() != now; });
        sleeping--;
    }
};

#else
struct Thread {
    template<class F> explicit Thread(F&&) {}
    void join() {}
};

struct Meeting {
    explicit Meeting(int) {}
    void wait() {}
};
#endif

// Time steps that are simulated alike: by all threads together, or by the first alone.
struct Stretch { int64_t first, end; bool together; };

class Simulation {
    const int64_t steps = number(), per_slow_step = number();
    const int threads = PARTS;
    Meeting meeting{threads};
    Stretch next{0, 0, false};
    bool stopped = false;

    // Simulates the parts of a thread in a stretch, and between them what one thread does for all.
    void run(int thread, const Stretch stretch) {
        const bool leads = !thread;
        const int first = stretch.together ? thread : 0, end = stretch.together ? thread + 1 : PARTS;
        const auto meet = [&] { if (stretch.together) meeting.wait(); };
        for (int64_t step = stretch.first; step < stretch.end; step++) {
            const bool slow = step % per_slow_step == 0;
            network::set_clocks(step, step / per_slow_step);
            if (network::PREPARES || recorder.reads(step)) {
                meet();
                if (leads) { recorder.before(step); network::prepare(slow); }
                meet();
            }
            for (int part = first; part < end; part++) network::integrate(part);
            meet();
            if (leads) {
                network::exchange(slow);
                recorder.record(step);
                if (step % 64 == 0) progress(step, steps);
            }
            meet();
            for (int part = first; part < end; part++) network::deliver(part);
            if (!recorder.checks(step)) continue;
            meet();
            if (leads) stopped = recorder.out_of_bounds(step);
            meet();
            if (stopped) return;
        }
        meet();
    }

    // Simulates the next `n` steps and returns the seconds that one of them takes.
    double advance(int64_t n, bool together) {
        const auto began = std::chrono::steady_clock::now();
        const int64_t first = next.end, end = std::min(first + n, steps);
        next = {first, end, together};
        if (together) meeting.wait();
        run(0, next);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
        return took.count() / std::max<int64_t>(end - first, 1);
    }

    bool ended() const { return stopped || next.end == steps; }

    // Runs the parts of another thread, whenever all threads run together, until the end.
    void help(int thread) {
        while (true) {
            meeting.wait();
            if (!next.together) return;
            run(thread, next);
        }
    }

public:
    // Simulates all time steps. Several threads are of use only if a time step takes longer than
    // their meetings and their cores are free, which is measured again and again.
    void run() {
        const std::clock_t began = std::clock();
        std::vector<Thread> helpers;
        for (int thread = 1; thread < threads; thread++) helpers.emplace_back([=] { help(thread); });
        if (threads == 1) advance(steps, false);
        while (!ended()) {
            const double alone = advance(TRIAL, false), together = ended() ? 0 : advance(TRIAL, true);
            if (!ended()) advance(LONG, together < alone);
        }
        if (threads > 1) {
            next.together = false;
            meeting.wait();
        }
        for (auto& helper : helpers) helper.join();
        std::printf("ran %.6f\n", double(std::clock() - began) / CLOCKS_PER_SEC);
    }

    static const int64_t TRIAL = 32, LONG = 1024;
};

static void simulate() { Simulation().run(); }

}  // namespace bioann
