// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/train_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/base/random.h"

namespace assayer {
namespace {

constexpr double kInteriorWidth = 0.7;  // the paper, §4
constexpr double kLargestPart = 0.8;
constexpr std::size_t kUnfeaturedPoints = 501;  // the paper, A.2
constexpr double kCornerSpread = 0.05;          // the paper, A.2
constexpr double kPeak = 0.85;                  // its LIBS experiment
// Each is paired with one z, so that a class needs many of them.
constexpr std::size_t kPicturesOfClass = 500;

/// Rows that could be labelled.
Rows usable_labelled(const Dataset& data) {
  Rows rows;
  for (std::size_t i = 0; i < data.rows(); ++i)
    if (data.labelled(i) && data.row_is_finite(i)) rows.push_back(static_cast<std::uint32_t>(i));
  return rows;
}

/// Whether the column `split` has labelled rows with 0, and rows with 1.
bool has_two_sides(const Dataset& data, const Rows& labelled) {
  const MetadataColumn* column = data.find_metadata("split");
  if (column == nullptr) return false;
  const auto side = column->numbers();
  return side && std::ranges::any_of(labelled, [&](std::uint32_t row) { return (*side)[row] == 0; }) &&
         std::ranges::find(*side, 1.0) != side->end();
}

std::string suggest_unfeatured(std::size_t components, std::string_view preset) {
  const std::size_t points = std::max(kUnfeaturedPoints, components);
  if (preset == "libs") return fmt::format("peak:{}:{}", points, kPeak);
  if (preset == "mnist") return fmt::format("one-hot:{}", kPicturesOfClass * components);
  // With many components the paper's spread would leave little of the corner itself: at most half is shared.
  const double most = 0.5 / static_cast<double>(components - 1);
  return fmt::format("corners:{}:{:.2g}", points, std::min(kCornerSpread, most));
}

/// Leaves out rows by a rule and says so, how many of how many: "3 of the 10 labelled rows …".
template <class Keep>
void drop(Rows& rows, const char* sentence, std::vector<Message>& warnings, Keep keep) {
  const std::size_t before = rows.size();
  std::erase_if(rows, [&](std::uint32_t row) { return !keep(row); });
  if (rows.size() < before) warnings.push_back(Message::sentence(sentence, {before - rows.size(), before}));
}

/// What both forms of `make_plan` share, from rows as they were asked for.
Result<PlannedRun> finish(const Dataset& data, TrainPlan plan, const TrainConfig& config) {
  if (auto valid = config.validate(); !valid) return fail(valid.error());
  if (!data.abundances())
    return fail(
        {.kind = Error::Kind::Data,
         .what = "these data have no compositions, which training needs",
         .where = data.provenance().path,
         .expected = "a composition for some of the spectra",
         .found = "none",
         .mend =
             "Add the compositions from a file of their own (File > Add Compositions, or --compositions), "
             "or apply a model trained on other data"});

  PlannedRun run{.plan = std::move(plan), .warnings = {}};
  auto& [labelled, unlabelled, unfeatured] = run.plan;
  const std::size_t asked = labelled.size();
  drop(labelled, Message::marked("{} of the {} labelled rows have no composition and are left out."),
       run.warnings, [&](std::uint32_t row) { return data.labelled(row); });
  const auto finite = [&](std::uint32_t row) { return data.row_is_finite(row); };
  drop(labelled,
       Message::marked("{} of the {} labelled rows hold values that are not numbers and are left out."),
       run.warnings, finite);
  drop(unlabelled,
       Message::marked("{} of the {} unlabelled rows hold values that are not numbers and are left out."),
       run.warnings, finite);
  if (labelled.empty())
    return fail({.kind = Error::Kind::Data,
                 .what = "no row is left to learn compositions from",
                 .where = "labelled",
                 .expected = "at least 1 row with a composition and a spectrum without gaps",
                 .found = asked == 0 ? std::string("no row selected")
                                     : fmt::format("{} rows selected, none of them usable", asked),
                 .mend = fmt::format("Select other rows as labelled; {} rows of these data qualify",
                                     usable_labelled(data).size())});

  const auto limit = static_cast<std::size_t>(config.max_labelled);
  if (limit > 0 && labelled.size() > limit) {
    run.warnings.push_back(
        Message::sentence("{} of the {} labelled rows are used, drawn with seed {} (max_labelled).",
                          {limit, labelled.size(), config.seed}));
    const auto order = Random(config.seed).permutation(labelled.size());
    Rows drawn;
    drawn.reserve(limit);
    for (std::size_t i = 0; i < limit; ++i) drawn.push_back(labelled[order[i]]);
    std::ranges::sort(drawn);
    labelled = std::move(drawn);
  }

  const Alphas alphas = config.effective_alphas();
  if (unlabelled.empty() && alphas.forward > 0)
    run.warnings.push_back(
        Message::sentence("No spectrum is unlabelled: the bound of equation (8) has nothing to learn from."));
  if (unfeatured.rows() == 0 && alphas.reverse > 0)
    run.warnings.push_back(
        Message::sentence("There are no unfeatured compositions although alpha_r is above 0: the bound of "
                          "equation (10) has nothing to learn from."));
  return run;
}

}  // namespace

SuggestedPlan suggest_plan(const Dataset& data, std::string_view preset) {
  const auto& abundances = data.abundances();
  const Rows labelled = usable_labelled(data);
  if (!abundances || labelled.empty())
    return {.labelled = "none",
            .unlabelled = "all",
            .unfeatured = "none",
            .reason = Message::sentence(
                "Training needs compositions, and no usable spectrum of these data has one: they can be "
                "viewed, and predicted by a model trained on other data.")};

  const std::size_t components = abundances->components();
  const auto composition = [&known = *abundances](std::uint32_t row) { return known.row(row); };
  const auto interior = static_cast<std::size_t>(std::ranges::count_if(
      labelled, [&](std::uint32_t row) { return in_interior(composition(row), kInteriorWidth); }));
  const auto mixed = static_cast<std::size_t>(std::ranges::count_if(
      labelled, [&](std::uint32_t row) { return std::ranges::max(composition(row)) <= kLargestPart; }));

  SuggestedPlan plan;
  const SuggestedPreset suggested = suggest_preset(data);
  if (preset.empty()) preset = suggested.name;
  plan.unfeatured = suggest_unfeatured(components, preset);
  if (interior >= 4 * components) {
    plan.labelled = fmt::format("interior:{}", kInteriorWidth);
    plan.reason = Message::sentence(
        "{} of the {} labelled spectra lie in the interior of the simplex (every component within ±{}/K of "
        "the centre), the paper's choice; the others judge the model.",
        {interior, labelled.size(), fmt::format("{}", kInteriorWidth)});
  } else if (has_two_sides(data, labelled)) {
    plan.labelled = "split=0";
    plan.reason = Message::sentence(
        "The file says which spectra are for training (split=0) and which judge the model (split=1).");
  } else if (mixed >= components && mixed < labelled.size()) {
    plan.labelled = fmt::format("max<={}", kLargestPart);
    plan.reason = Message::sentence(
        "{} of the {} labelled spectra are mixtures whose largest component is at most {}; the purer ones "
        "judge the model.",
        {mixed, labelled.size(), fmt::format("{}", kLargestPart)});
  } else {
    plan.labelled = "labelled";
    plan.reason = Message::sentence(
        "All {} labelled spectra are used, since too few of them are mixtures to spare any: nothing is held "
        "out to judge the model.",
        {labelled.size()});
  }

  plan.unlabelled = plan.labelled;
  const auto usable_without = [&](std::size_t row) { return !data.labelled(row) && data.row_is_finite(row); };
  bool any_without = false;
  for (std::size_t i = 0; i < data.rows() && !any_without; ++i) any_without = usable_without(i);
  // A split speaks for the spectra without composition too.
  if (any_without && plan.labelled != "split=0") {
    plan.unlabelled += "+not:labelled";
    plan.reason += Message::sentence("Spectra without a composition are learnt from as unlabelled ones.");
  }
  if (preset == suggested.name) plan.reason += suggested.reason;
  return plan;
}

Result<PlannedRun> make_plan(const Dataset& data, std::string_view labelled, std::string_view unlabelled,
                             std::string_view unfeatured, const TrainConfig& config) {
  auto labelled_rows = select_rows(data, labelled);
  if (!labelled_rows) return fail(labelled_rows.error().in("labelled"));
  auto unlabelled_rows = select_rows(data, unlabelled);
  if (!unlabelled_rows) return fail(unlabelled_rows.error().in("unlabelled"));
  // Without components `finish` says that training needs compositions, which is the fault that matters.
  Matrix<double> points;
  if (data.abundances()) {
    auto made = make_unfeatured(unfeatured, data.components(), config.seed);
    if (!made) return fail(made.error());
    points = *std::move(made);
  }
  return finish(data,
                {.labelled = *std::move(labelled_rows),
                 .unlabelled = *std::move(unlabelled_rows),
                 .unfeatured = std::move(points)},
                config);
}

Result<PlannedRun> make_plan(const Dataset& data, const Roles& roles, const Matrix<double>& unfeatured,
                             const TrainConfig& config) {
  if (roles.size() != data.rows())
    return fail({.kind = Error::Kind::Usage,
                 .what = "the roles are not those of these data",
                 .where = "roles",
                 .expected = fmt::format("{} rows", data.rows()),
                 .found = std::to_string(roles.size()),
                 .mend = "Choose the roles again"});
  if (unfeatured.rows() > 0 && data.abundances()) {
    if (unfeatured.cols() != data.components())
      return fail({.kind = Error::Kind::Usage,
                   .what = "the unfeatured compositions have other components than the data",
                   .where = "unfeatured",
                   .expected = std::to_string(data.components()),
                   .found = std::to_string(unfeatured.cols()),
                   .mend = "Make the unfeatured compositions anew"});
    if (auto checked = Abundances::create(unfeatured, data.component_names()); !checked)
      return fail(checked.error().in("unfeatured"));
    // Abundances read NaN as "not known", which makes no sense for a composition that is to be learnt from.
    if (std::ranges::any_of(unfeatured.values(), [](double part) { return std::isnan(part); }))
      return fail({.kind = Error::Kind::Data,
                   .what = "an unfeatured composition is not a number",
                   .where = "unfeatured",
                   .expected = "fractions that sum to 1",
                   .found = "NaN",
                   .mend = "Make the unfeatured compositions anew"});
  }
  TrainPlan plan;
  plan.labelled = rows_with(roles, Role::Labelled);
  std::ranges::merge(plan.labelled, rows_with(roles, Role::Unlabelled), std::back_inserter(plan.unlabelled));
  plan.unfeatured = unfeatured.rows() > 0 ? unfeatured : Matrix<double>(0, data.components());
  return finish(data, std::move(plan), config);
}

}  // namespace assayer
