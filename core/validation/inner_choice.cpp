// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/validation/inner_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace assayer {

std::string inner_by(std::string_view by) {
  const std::string_view kind = by.substr(0, by.find(':'));
  if (kind == "group" || kind == "leave-groups") return "group";
  return by.ends_with(":2") ? std::string(by) : fmt::format("{}:3", kind);
}

Status check_no_leak(const std::vector<Split>& inner, const Rows& test) {
  Rows judging = test;
  std::ranges::sort(judging);
  for (const Split& split : inner) {
    for (const auto* side : {&split.train, &split.test}) {
      for (const std::uint32_t row : *side) {
        if (!std::ranges::binary_search(judging, row)) continue;
        return fail(
            {.kind = Error::Kind::Data,
             .what = "a row that judges has a part in choosing settings",
             .where = fmt::format("row {}", row),
             .expected = "inner splits of training rows alone",
             .found = side == &split.train ? "the row learnt from" : "the row that an inner split judges by",
             .mend = "This is a fault of the program: please report it"});
      }
    }
  }
  return {};
}

Result<InnerChoice> choose_inside(const DatasetPtr& data, const Pipeline& pipeline, const Split& outer,
                                  const std::vector<Split>& inner, std::size_t candidates,
                                  const JudgeInside& judge, const RunControl& control) {
  if (auto clean = check_no_leak(inner, outer.test); !clean) return fail(clean.error());
  InnerChoice choice;
  choice.kl.assign(candidates, 0.0);
  std::optional<Error> failure;
  for (const Split& split : inner) {
    const auto seen = preprocess_split(data, pipeline, split, &control);
    if (!seen) return fail(seen.error());
    for (std::size_t candidate = 0; candidate < candidates; ++candidate) {
      if (control.stop_requested()) return fail(Error::cancel());
      const auto kl = judge(*seen, candidate);
      if (!kl && kl.error().cancelled()) return fail(kl.error());
      if (!kl && !failure) failure = kl.error();
      choice.kl[candidate] += kl && std::isfinite(*kl) ? *kl / static_cast<double>(inner.size())
                                                       : std::numeric_limits<double>::infinity();
    }
  }
  const auto least = std::ranges::min_element(choice.kl);
  if (!std::isfinite(*least) && failure) return fail(*std::move(failure));
  choice.best = static_cast<std::size_t>(least - choice.kl.begin());
  return choice;
}

}  // namespace assayer
