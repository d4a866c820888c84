#include "bncheck/run/shard_environment.hpp"

#include <array>
#include <vector>

#include "bncheck/core/error.hpp"

namespace bncheck::run {
namespace {

enum class Kind { test_runner, pipeline, array, ranks };

struct Engine {
    const char* name;
    Kind kind;
    const char *index, *count;
    std::size_t base;         ///< the least index
    const char* status_file;  ///< "": none
};

/// Within a kind the innermost comes first: a launcher of ranks is itself started as a task of Slurm. Sources: the manuals of
/// Bazel ("Test encyclopedia"), GoogleTest ("Distributing test functions"), GitLab ("Predefined CI/CD variables"), Slurm
/// (sbatch, srun), Open MPI (mpirun) and MPICH.
constexpr std::array engines{
    Engine{"Bazel", Kind::test_runner, "TEST_SHARD_INDEX", "TEST_TOTAL_SHARDS", 0, "TEST_SHARD_STATUS_FILE"},
    Engine{"GoogleTest", Kind::test_runner, "GTEST_SHARD_INDEX", "GTEST_TOTAL_SHARDS", 0, "GTEST_SHARD_STATUS_FILE"},
    Engine{"GitLab", Kind::pipeline, "CI_NODE_INDEX", "CI_NODE_TOTAL", 1, ""},
    // Its indices begin and step as the user says, see slurm_array().
    Engine{"a Slurm array", Kind::array, "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", 0, ""},
    Engine{"Open MPI", Kind::ranks, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", 0, ""},
    Engine{"PMI", Kind::ranks, "PMI_RANK", "PMI_SIZE", 0, ""},
    Engine{"Slurm", Kind::ranks, "SLURM_PROCID", "SLURM_NTASKS", 0, ""},
};

/// As many as `--shard K/N` takes.
constexpr std::size_t most = 999999;

[[noreturn]] void refuse(const std::string& place, const std::string& message) {
    throw Error(Fault::usage, "format", place, message, "give --shard K/N instead");
}

std::string looked_for() {
    std::string list;
    for (const Engine& engine : engines)
        list += (list.empty() ? "" : ", ") + std::string(engine.index) + "/" + engine.count + " (" + engine.name + ")";
    return list;
}

class Reader {
public:
    explicit Reader(const Variable& variable) : variable_(variable) {}

    /// Empty is as good as not set: that is how a pipeline takes a variable away.
    std::string text(const std::string& name) const { return name.empty() ? "" : variable_(name).value_or(""); }

    std::size_t number(const std::string& name, std::size_t least) const {
        const std::string value = text(name);
        const bool digits = !value.empty() && value.size() <= 9 && value.find_first_not_of("0123456789") == std::string::npos;
        if (!digits || std::stoul(value) < least)
            refuse(name, "is '" + value + "', which is no whole number of at least " + std::to_string(least));
        return std::stoul(value);
    }

    /// The index, which counts from 0, in an array of tasks --array=MIN-MAX:STEP.
    std::size_t slurm_array(std::size_t count) const {
        const std::string name = "SLURM_ARRAY_TASK_ID";
        const std::size_t id = number(name, 0), least = number("SLURM_ARRAY_TASK_MIN", 0);
        const std::size_t step = text("SLURM_ARRAY_TASK_STEP").empty() ? 1 : number("SLURM_ARRAY_TASK_STEP", 1);
        const std::size_t index = id < least ? count : (id - least) / step;
        const bool even = id >= least && (id - least) % step == 0 && index < count;
        const std::string last = text("SLURM_ARRAY_TASK_MAX");
        if (!even || (!last.empty() && number("SLURM_ARRAY_TASK_MAX", least) != least + step * (count - 1)))
            refuse(name, "is " + std::to_string(id) + " in an array that begins with " + std::to_string(least) +
                             (last.empty() ? "" : ", ends with " + last) + " and has " + std::to_string(count) +
                             " tasks, which are not evenly spaced (such as --array=1-7)");
        return index;
    }

    /// What an engine says, if it is there.
    std::optional<Shard> shard(const Engine& engine) const {
        const bool has_index = !text(engine.index).empty(), has_count = !text(engine.count).empty();
        if (!has_index && !has_count) return std::nullopt;
        // Slurm tells the rank even where nobody has asked for a number of tasks.
        if (!has_count && std::string(engine.name) == "Slurm") return std::nullopt;
        if (!has_count) refuse(engine.count, "is not set, though " + std::string(engine.index) + " is");
        const std::size_t count = number(engine.count, 1);
        if (count > most) refuse(engine.count, "is above " + std::to_string(most));
        // GitLab counts the jobs that are not parallel too.
        if (!has_index && count == 1) return Shard{1, 1};
        if (!has_index) refuse(engine.index, "is not set, though " + std::string(engine.count) + " is");
        const std::size_t index =
            engine.kind == Kind::array ? slurm_array(count) : number(engine.index, engine.base) - engine.base;
        if (index >= count)
            refuse(engine.index, "is " + text(engine.index) + ", and " + engine.count + " is " + text(engine.count) +
                                     ": it counts from " + std::to_string(engine.base));
        return Shard{index + 1, count};
    }

private:
    const Variable& variable_;
};

}  // namespace

EnvironmentShard shard_from(const Variable& variable) {
    const Reader reader(variable);
    struct Found {
        const Engine* engine;
        Shard shard;
    };
    std::vector<Found> found;
    for (const Engine& engine : engines) {
        if (!found.empty() && found.back().engine->kind == engine.kind) continue;
        if (const auto shard = reader.shard(engine)) found.push_back({&engine, *shard});
    }
    if (found.empty())
        throw Error(Fault::usage, "format", "--shard", "auto: no variable of an engine is set",
                    "give --shard K/N, or set one of " + looked_for());
    const Found* chosen = &found.front();
    for (const Found& other : found) {
        if (other.shard.of == 1) continue;
        if (chosen->shard.of > 1 && chosen != &other)
            refuse(other.engine->index, "says shard " + std::to_string(other.shard.number) + "/" +
                                            std::to_string(other.shard.of) + " and " + chosen->engine->index + " says " +
                                            std::to_string(chosen->shard.number) + "/" + std::to_string(chosen->shard.of) +
                                            ": unset the one that does not count");
        chosen = &other;
    }
    return {chosen->shard, chosen->engine->name, reader.text(chosen->engine->status_file)};
}

}  // namespace bncheck::run
