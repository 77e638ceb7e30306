// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include "core/validation/validation.h"

/// Scores of a split as JSON and back, every bit of them: what ranks tell each other and what is kept of a
/// finished fit. Numbers that JSON does not know are "nan", "inf" and "-inf".
namespace assayer {

nlohmann::ordered_json exact_json(double value);
/// Throws a std::exception on other forms, as `scores_from` does.
double exact_number(const nlohmann::ordered_json& json);

nlohmann::ordered_json scores_to_json(const SplitScores& scores);
SplitScores scores_from(const nlohmann::ordered_json& json);

}  // namespace assayer
