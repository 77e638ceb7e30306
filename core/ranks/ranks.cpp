// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ranks/ranks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/sibling_library.h"

namespace assayer {

namespace {

constexpr const char* kLibrary = "libassayer_mpi.so";

class Alone final : public Ranks {
 public:
  [[nodiscard]] std::size_t rank() const override { return 0; }
  [[nodiscard]] std::size_t size() const override { return 1; }
  Result<std::vector<std::string>> exchange(const std::string& mine, RunControl& /*control*/) override {
    return std::vector{mine};
  }
  void end_all(int /*status*/) override {}
  void leave() override {}
};

/// 0 where the variable is not there or no number.
std::size_t number_of(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? 0 : static_cast<std::size_t>(std::strtoul(text, nullptr, 10));
}

std::string encode(const Status& status) {
  if (status) return {};
  const Error& error = status.error();
  const nlohmann::json json = {
      static_cast<int>(error.kind), error.what, error.where, error.expected, error.found, error.mend};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Error decode(const std::string& text) {
  const auto json = nlohmann::json::parse(text);
  return {static_cast<Error::Kind>(json[0].get<int>()), json[1], json[2], json[3], json[4], json[5]};
}

}  // namespace

std::unique_ptr<Ranks> alone() {
  return std::make_unique<Alone>();
}

Result<std::unique_ptr<Ranks>> join_ranks() {
  const std::size_t told = std::max(number_of("OMPI_COMM_WORLD_SIZE"), number_of("PMI_SIZE"));
  const bool by_pmix = told == 0 && std::getenv("PMIX_RANK") != nullptr;
  // Slurm says how many only to those whom it started.
  const std::size_t expected = by_pmix ? number_of("SLURM_STEP_NUM_TASKS") : told;
  if (expected <= 1 && !by_pmix) return alone();

  const std::string path = sibling_path(kLibrary);
  const auto missing = [&](std::string what, std::string found, std::string mend) {
    return fail({Error::Kind::File, std::move(what), path, "the library of Assayer that knows MPI",
                 std::move(found), std::move(mend)});
  };
  const auto not_loaded = [&](const std::string& reason) {
    return missing(fmt::format("started as one of {} processes, but MPI cannot be loaded", expected), reason,
                   "Install Open MPI and an Assayer that was built with it, or start one process");
  };
  // The components that Open MPI loads in turn look for its names in the program.
  const auto library = load_library(path, LibraryNames::Global);
  if (!library) return not_loaded(library.error());
  const auto symbol = find_symbol(*library, kJoinMpi);
  if (!symbol) return not_loaded(symbol.error());
  std::unique_ptr<Ranks> ranks(reinterpret_cast<JoinMpi>(*symbol)());
  if (!ranks) return missing("MPI did not start", "no reason given", "Start one process without mpirun");
  if (ranks->size() == 1 && expected > 1)
    return missing(fmt::format("started as one of {} processes, but MPI sees this one alone", expected),
                   "mpirun or srun of another MPI",
                   "Start it with Open MPI's mpirun, or with srun --mpi=pmix");
  return ranks;
}

Status agree(Ranks& ranks, const Status& mine, RunControl& control) {
  if (ranks.size() == 1) return mine;
  // Nobody else need wait for a reason to stop.
  if (!mine && mine.error().cancelled()) return mine;
  const auto all = ranks.exchange(encode(mine), control);
  if (!all) return fail(all.error());
  const auto first = std::ranges::find_if(*all, [](const std::string& text) { return !text.empty(); });
  if (first == all->end()) return {};
  Error error = decode(*first);
  if (std::ranges::any_of(*all, [](const std::string& text) { return text.empty(); }))
    error = error.in(fmt::format("rank {}", first - all->begin()));
  return fail(std::move(error));
}

}  // namespace assayer
