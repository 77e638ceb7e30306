// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <vector>

namespace assayer {
struct Evaluation;
}

/// What a run came to, in words. Free of widgets: the results tree and the report say the same.
namespace assayer::ui {

struct MatchedEndmembers;

/// A measure and its value; `depth` 1 belongs to the last line of depth 0.
struct ResultLine {
  int depth = 0;
  QString name;
  QString value;
  QString tip;
};

std::vector<ResultLine> evaluationLines(const Evaluation& evaluation);
/// What a library has nearest to each endmember.
std::vector<ResultLine> matchLines(const MatchedEndmembers& matches);

/// Something that the method chose by itself, with its reason in whole sentences.
struct MethodChoice {
  QString title;
  QString value;
  QString reason;
};
/// Empty for methods that choose nothing.
std::vector<MethodChoice> methodChoices(const Evaluation& evaluation);

}  // namespace assayer::ui
