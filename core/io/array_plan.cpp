// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/array_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "core/base/letters.h"
#include "core/base/message.h"

namespace assayer {

namespace {

constexpr std::uint64_t kMostComponents = 64;
constexpr std::uint64_t kMostColumns = 64;
constexpr const char* kAxisKey = "spectral_axis";
constexpr const char* kImageKey = "image";
constexpr const char* kOrderKey = "pixel_order";

/// Where the last part of a name begins: behind the path's last "/", or the last "." of MATLAB's structures.
std::size_t last_part(std::string_view name) {
  const std::size_t separator = name.find_last_of("/.");
  return separator == std::string_view::npos || separator + 1 == name.size() ? 0 : separator + 1;
}

/// In lower case, letters and digits only, without the number of an element: "A_true" → "atrue",
/// "axisscale{2}" → "axisscale".
std::string plain(std::string_view name) {
  name = name.substr(0, std::max<std::size_t>(1, name.find_first_of("{(")));
  std::string plain;
  for (const char c : lower(name))
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) plain += c;
  return plain;
}

/// What an array is called, of its whole path: "/entry/A_true" → "atrue". The data of a set that says what
/// they are go by the set's name: "propvals.data" → "propvals".
std::string plain_name(std::string_view name) {
  const std::size_t part = last_part(name);
  std::string own = plain(name.substr(part));
  if (own != "data" || part == 0) return own;
  const std::string_view set = name.substr(0, part - 1);
  std::string above = plain(set.substr(last_part(set)));
  constexpr std::array<std::string_view, 6> properties = {"prop",        "conc",   "abundance",
                                                          "composition", "target", "fraction"};
  const bool telling =
      std::ranges::any_of(properties, [&](std::string_view p) { return above.starts_with(p); });
  return telling ? above : own;
}

/// Whether two arrays lie in the same group or structure.
bool same_set(std::string_view a, std::string_view b) {
  return a.substr(0, last_part(a)) == b.substr(0, last_part(b));
}

bool is_one_of(const std::string& name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

bool named_wavelength(const std::string& name) {
  return name.starts_with("wavelength") || name.starts_with("wavenumber") || name.starts_with("axisscale") ||
         is_one_of(name, {"wl", "wvl", "wav", "wave", "waves", "lambda", "wn", "nm", "um", "xaxis", "axis",
                          "bandcenter", "bandcenters", "ramanshift", "energy"});
}
bool named_composition(const std::string& name) {
  return name.starts_with("abundance") || name.starts_with("composition") || name.starts_with("fraction") ||
         name.starts_with("conc") || name.starts_with("prop") ||
         is_one_of(name, {"a", "atrue", "agt", "s", "strue", "sgt", "abund", "abu", "y", "ytrain", "onehot",
                          "target", "targets"});
}
bool named_endmembers(const std::string& name) {
  return name.starts_with("endmember") || is_one_of(name, {"e", "etrue", "egt", "m", "mtrue", "mgt", "m1",
                                                           "em", "ems", "w", "signatures", "puremspectra"});
}
bool named_group(const std::string& name) {
  return name.starts_with("group") || is_one_of(name, {"class", "classes", "label", "labels", "gt", "y",
                                                       "configuration", "geometry", "batch"});
}
bool named_names(const std::string& name) {
  return name.ends_with("names") ||
         is_one_of(name, {"cood", "components", "materials", "label", "labels", "endmembers", "name"});
}
bool named_bad(const std::string& name) {
  return name.starts_with("badchannel") || name.starts_with("badband") || is_one_of(name, {"bbl", "bad"});
}
bool named_spectra(const std::string& name) {
  return is_one_of(name, {"data",        "cube",   "hsi",         "hypercube", "image",      "img",
                          "radiance",    "rad",    "reflectance", "refl",      "y",          "v",
                          "x",           "r",      "datalib",     "bundle",    "bundles",    "intensity",
                          "intensities", "signal", "signals",     "counts",    "absorbance", "xtrain"});
}

/// How likely an array is the one with the spectra; the largest of the best is taken.
int spectra_score(const ArrayInfo& info) {
  if (info.kind != ArrayInfo::Kind::Number || info.shape.empty() || info.size() < 2) return 0;
  const std::string name = plain_name(info.name);
  const bool spectra = name.starts_with("spectr") || named_spectra(name);
  const bool describes = named_wavelength(name) || named_bad(name) || named_names(name);
  int score = 40;
  if (info.role == ImportRole::Spectra)
    score = 1000;
  else if (info.role || (describes && !spectra))
    score = 5;
  else if (name.starts_with("spectr"))
    score = 100;
  else if (spectra)
    score = 70;
  else if (named_composition(name) || named_group(name))
    score = 10;
  else if (named_endmembers(name))
    score = 20;
  // A vector is one spectrum where there is nothing better.
  return info.vector_length() && score < 1000 ? std::max(1, score - 69) : score;
}

/// A vector that says itself what it is: an axis or a list of groups is no spectrum unless the user says so.
bool is_another_vector(const ArrayInfo& info) {
  const std::string name = plain_name(info.name);
  return info.vector_length() && (named_wavelength(name) || named_bad(name) || named_names(name) ||
                                  named_composition(name) || named_group(name));
}

std::unexpected<Error> cannot(std::string what, std::string where, std::string expected, std::string found) {
  return fail({Error::Kind::Usage, std::move(what), std::move(where), std::move(expected), std::move(found),
               "Ask with info what the file holds, and map it otherwise."});
}

std::string list_forms(const ArrayContainer& container) {
  constexpr std::size_t shown = 12;
  std::vector<std::string> forms;
  for (const auto& info : container.arrays()) {
    if (forms.size() == shown) {
      forms.push_back(fmt::format("and {} more", container.arrays().size() - shown));
      break;
    }
    forms.push_back(fmt::format("{} {}", info.name, info.form()));
  }
  return forms.empty() ? "no arrays" : fmt::format("{}", fmt::join(forms, ", "));
}

class Planner {
 public:
  Planner(const ArrayContainer& container, const ImportOptions& options, RunControl& control)
      : container_(container), arrays_(container.arrays()), options_(options), control_(control) {}

  Result<ArrayPlan> plan() {
    for (const auto step : {&Planner::check_options, &Planner::choose_spectra, &Planner::choose_axis,
                            &Planner::choose_image, &Planner::choose_roles})
      if (auto status = (this->*step)(); !status) return fail(std::move(status).error());
    return std::move(plan_);
  }

 private:
  [[nodiscard]] const ArrayInfo& spectra() const { return arrays_[plan_.spectra]; }
  [[nodiscard]] std::optional<ImportRole> user_role(const ArrayInfo& info) const {
    const auto found = options_.roles.find(info.name);
    return found == options_.roles.end() ? std::nullopt : std::optional(found->second);
  }
  [[nodiscard]] const std::string* setting(const char* key) const {
    const auto found = options_.settings.find(key);
    return found == options_.settings.end() ? nullptr : &found->second;
  }
  /// The value of a small array of integers, such as nRow.
  [[nodiscard]] std::optional<std::uint64_t> whole_number(
      std::initializer_list<std::string_view> names) const;

  Status check_options();
  Status choose_spectra();
  Status choose_axis();
  Status choose_image();
  Status choose_roles();
  [[nodiscard]] std::optional<std::size_t> axis_by_neighbours() const;
  [[nodiscard]] ImportRole guess_role(std::size_t array) const;
  [[nodiscard]] bool fits(const ArrayInfo& info, ImportRole role) const;
  [[nodiscard]] std::optional<std::size_t> likeliest(ImportRole role) const;
  void find_unnamed_axis();

  const ArrayContainer& container_;
  const std::vector<ArrayInfo>& arrays_;
  const ImportOptions& options_;
  RunControl& control_;
  ArrayPlan plan_;
};

Status Planner::check_options() {
  for (const auto& [name, role] : options_.roles) {
    if (std::ranges::find(arrays_, name, &ArrayInfo::name) != arrays_.end()) continue;
    return cannot("the file has no such array", name, "one of: " + list_forms(container_), "");
  }
  for (const auto& [key, value] : options_.settings) {
    if (key == kAxisKey || key == kImageKey || key == kOrderKey) continue;
    return cannot("there is no such setting of this format", key,
                  fmt::format("{}, {} or {}", kAxisKey, kImageKey, kOrderKey), "");
  }
  if (const auto* order = setting(kOrderKey); order && *order != "rows" && *order != "columns")
    return cannot("the setting has no such value", kOrderKey, "rows or columns", *order);
  return {};
}

Status Planner::choose_spectra() {
  std::optional<std::size_t> best;
  std::pair<int, std::uint64_t> best_score;
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    const auto role = user_role(arrays_[i]);
    std::pair<int, std::uint64_t> score = {spectra_score(arrays_[i]), arrays_[i].size()};
    if (role == ImportRole::Spectra) {
      if (score.first == 0)
        return cannot("the array cannot be spectra", arrays_[i].name, "numbers, at least two",
                      arrays_[i].form());
      score.first = 100000;
    } else if (role || is_another_vector(arrays_[i])) {
      continue;
    }
    if (score.first == 0 || (best && score <= best_score)) continue;
    best = i;
    best_score = score;
  }
  if (!best) {
    return fail({Error::Kind::Format, "the file has no spectra", "",
                 "an array of numbers, one spectrum per row", list_forms(container_),
                 "Store the spectra as an array of numbers, by the name spectra."});
  }
  plan_.spectra = *best;
  if (best_score.first <= 20) {
    plan_.warnings.push_back(fmt::format(
        "\"{}\" is taken for spectra because there is nothing else that could be.", arrays_[*best].name));
  }
  return {};
}

std::optional<std::uint64_t> Planner::whole_number(std::initializer_list<std::string_view> names) const {
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    const ArrayInfo& info = arrays_[i];
    if (info.kind != ArrayInfo::Kind::Number || info.size() != 1) continue;
    if (std::ranges::find(names, plain_name(info.name)) == names.end()) continue;
    const auto value = container_.numbers(i, control_);
    constexpr double most = 1e9;
    if (value && (*value)[0] >= 1 && (*value)[0] <= most && (*value)[0] == std::floor((*value)[0]))
      return static_cast<std::uint64_t>((*value)[0]);
  }
  return std::nullopt;
}

/// The axis of the channels, where exactly one fits what the other arrays are.
std::optional<std::size_t> Planner::axis_by_neighbours() const {
  const auto& shape = spectra().shape;
  const auto only_axis = [&shape](std::uint64_t length) -> std::optional<std::size_t> {
    if (length < 2 || std::ranges::count(shape, length) != 1) return std::nullopt;
    return static_cast<std::size_t>(std::ranges::find(shape, length) - shape.begin());
  };
  for (const auto& info : arrays_) {
    const auto role = user_role(info);
    const bool wavelength =
        role ? *role == ImportRole::Wavelength
             : info.role == ImportRole::Wavelength || named_wavelength(plain_name(info.name));
    const auto length = info.vector_length();
    if (!wavelength || &info == &spectra() || !length) continue;
    if (const auto axis = only_axis(*length)) return axis;
  }
  for (const auto& info : arrays_) {
    const auto role = user_role(info);
    const bool endmembers = role ? *role == ImportRole::Endmembers : named_endmembers(plain_name(info.name));
    if (!endmembers || &info == &spectra() || info.shape.size() != 2) continue;
    std::optional<std::size_t> axis;
    for (const std::uint64_t length : info.shape)
      if (!axis) axis = only_axis(length);
    if (axis) return axis;
  }
  if (shape.size() != 2) return std::nullopt;
  const auto other_than = [&](std::uint64_t rows) -> std::optional<std::size_t> {
    const auto axis = only_axis(rows);
    return axis ? std::optional(1 - *axis) : std::nullopt;
  };
  const auto down = whole_number({"nrow", "nrows", "rows", "nr", "height", "h"});
  const auto across = whole_number({"ncol", "ncols", "cols", "columns", "nc", "width", "w"});
  if (down && across)
    if (const auto axis = other_than(*down * *across)) return axis;
  for (const auto& info : arrays_) {
    if (&info == &spectra() || info.kind == ArrayInfo::Kind::Other) continue;
    const std::string name = plain_name(info.name);
    const auto length = info.vector_length();
    if (length && (named_group(name) || named_names(name) || info.kind == ArrayInfo::Kind::Text))
      if (const auto axis = other_than(*length)) return axis;
    if (!length && info.shape.size() == 2 && (named_composition(name) || may_hold_codes(info)))
      for (const std::uint64_t n : info.shape)
        if (const auto axis = other_than(n)) return axis;
  }
  return std::nullopt;
}

Status Planner::choose_axis() {
  const ArrayInfo& info = spectra();
  const std::size_t rank = info.shape.size();
  std::optional<std::size_t> axis;
  if (const auto* text = setting(kAxisKey)) {
    std::size_t value = 0;
    const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (code != std::errc() || end != text->data() + text->size() || value >= rank) {
      return cannot("the array has no such axis", kAxisKey, fmt::format("0 to {}", rank - 1),
                    fmt::format("\"{}\" for {} {}", *text, info.name, info.form()));
    }
    axis = value;
  }
  if (!axis) axis = info.spectral_axis;
  if (!axis && info.vector_length())
    axis = static_cast<std::size_t>(std::ranges::max_element(info.shape) - info.shape.begin());
  if (!axis) axis = axis_by_neighbours();
  if (!axis) {
    axis = rank == 2 && container_.channels_come_first(plain_name(info.name)) ? 0 : rank - 1;
    plan_.warnings.push_back(
        fmt::format("Nothing in the file tells which axis of \"{}\" {} runs along the channels: axis {} "
                    "(counted from 0) is "
                    "assumed; the setting {} decides otherwise.",
                    info.name, info.shape_text(), *axis, kAxisKey));
  }
  plan_.spectral_axis = *axis;
  plan_.channels = info.shape[*axis];
  if (plan_.channels == 0 || info.size() == 0) {
    return fail({Error::Kind::Data, "the array is empty", info.name, "at least one spectrum of two channels",
                 info.form(), "Write the spectra again."});
  }
  plan_.rows = info.size() / plan_.channels;
  if (plan_.channels < 2) {
    return fail({Error::Kind::Data, "a spectrum needs at least two channels", info.name, "",
                 fmt::format("{} along axis {} of {}", plan_.channels, *axis, info.form()),
                 fmt::format("Choose the axis of the channels with the setting {}.", kAxisKey)});
  }
  return {};
}

Status Planner::choose_image() {
  const ArrayInfo& info = spectra();
  std::vector<std::uint64_t> others = info.shape;
  others.erase(others.begin() + static_cast<std::ptrdiff_t>(plan_.spectral_axis));
  plan_.by_columns = container_.images_by_columns();
  if (const auto* order = setting(kOrderKey)) plan_.by_columns = *order == "columns";
  if (others.size() > 2) std::erase(others, std::uint64_t{1});
  if (others.size() == 2) {
    plan_.image = ImageShape{others[0], others[1]};
  } else {
    const auto down = whole_number({"nrow", "nrows", "rows", "nr", "height", "h"});
    const auto across = whole_number({"ncol", "ncols", "cols", "columns", "nc", "width", "w"});
    if (down && across && *down * *across == plan_.rows) plan_.image = ImageShape{*down, *across};
    // Our own exporters lay images out by rows.
    const auto shape = find_companion(container_, "imageshape");
    const auto sides = shape && arrays_[*shape].kind == ArrayInfo::Kind::Number && arrays_[*shape].size() == 2
                           ? container_.numbers(*shape, control_)
                           : Result<std::vector<double>>{};
    if (sides && sides->size() == 2 && (*sides)[0] >= 1 && (*sides)[1] >= 1 &&
        (*sides)[0] * (*sides)[1] == static_cast<double>(plan_.rows)) {
      plan_.image = ImageShape{static_cast<std::size_t>((*sides)[0]), static_cast<std::size_t>((*sides)[1])};
      if (setting(kOrderKey) == nullptr) plan_.by_columns = false;
    }
  }
  if (const auto* text = setting(kImageKey)) {
    if (*text == "none") {
      plan_.image.reset();
      return {};
    }
    ImageShape shape;
    const char* end = text->data() + text->size();
    auto [at, code] = std::from_chars(text->data(), end, shape.rows);
    while (code == std::errc() && at != end && (*at == ' ' || *at == 'x' || *at == ',')) ++at;
    const auto [last, second] = std::from_chars(at, end, shape.cols);
    const std::vector<std::uint64_t> sides = {shape.rows, shape.cols};
    if (code != std::errc() || second != std::errc() || last != end || shape.rows == 0 ||
        shape.rows > plan_.rows || shape.cols > plan_.rows || shape.rows * shape.cols != plan_.rows) {
      return cannot("the setting has no such value", kImageKey,
                    fmt::format("none, or \"ROWS x COLUMNS\" with a product of {} spectra", plan_.rows),
                    fmt::format("\"{}\"", *text));
    }
    plan_.image = shape;
  }
  return {};
}

bool Planner::fits(const ArrayInfo& info, ImportRole role) const {
  const auto length = info.vector_length();
  const bool number = info.kind == ArrayInfo::Kind::Number;
  switch (role) {
    case ImportRole::Wavelength:
    case ImportRole::BadChannels:
      return number && length == plan_.channels;
    case ImportRole::Composition:
      return (number && row_layout(info, plan_, true)) || row_layout(info, plan_, false);
    case ImportRole::Group:
      return info.kind != ArrayInfo::Kind::Other && row_layout(info, plan_, false);
    case ImportRole::Metadata:
      return info.kind != ArrayInfo::Kind::Other &&
             (row_layout(info, plan_, false) || row_layout(info, plan_, true) ||
              (may_hold_codes(info) && info.shape[0] == plan_.rows));
    case ImportRole::Endmembers:
      return number && info.shape.size() == 2 &&
             (info.shape[0] == plan_.channels || info.shape[1] == plan_.channels);
    case ImportRole::Names:
      return info.kind == ArrayInfo::Kind::Text || may_hold_codes(info);
    case ImportRole::Ignore:
      return true;
    case ImportRole::Spectra:
      return false;
  }
  return false;
}

ImportRole Planner::guess_role(std::size_t array) const {
  const ArrayInfo& info = arrays_[array];
  if (info.role && *info.role != ImportRole::Spectra && fits(info, *info.role)) return *info.role;
  if (info.kind == ArrayInfo::Kind::Other || is_companion(info)) return ImportRole::Ignore;
  if (info.size() < 2 && plan_.rows > 1) return ImportRole::Ignore;
  const std::string name = plain_name(info.name);
  const auto layout_parts = row_layout(info, plan_, true);
  const bool parts_few = layout_parts && info.shape[*layout_parts->part_axis] <= kMostComponents &&
                         info.shape[*layout_parts->part_axis] >= 2;
  if (named_wavelength(name) && fits(info, ImportRole::Wavelength)) return ImportRole::Wavelength;
  if (named_bad(name) && fits(info, ImportRole::BadChannels)) return ImportRole::BadChannels;
  // "x" beside "y" is the axis of a plot.
  if (name == "x" && fits(info, ImportRole::Wavelength)) return ImportRole::Wavelength;
  if (named_composition(name) && info.kind == ArrayInfo::Kind::Number && parts_few)
    return ImportRole::Composition;
  if (named_endmembers(name) && fits(info, ImportRole::Endmembers)) return ImportRole::Endmembers;
  const bool per_row = row_layout(info, plan_, false).has_value();
  if (named_group(name) && per_row &&
      (info.integer || info.kind == ArrayInfo::Kind::Text || name.starts_with("group")))
    return ImportRole::Group;
  if (per_row) return ImportRole::Metadata;
  if (may_hold_codes(info) && info.shape[0] == plan_.rows && named_names(name)) return ImportRole::Metadata;
  if (info.kind == ArrayInfo::Kind::Text && named_names(name)) return ImportRole::Names;
  if (layout_parts && info.shape[*layout_parts->part_axis] <= kMostColumns && plan_.rows != plan_.channels &&
      info.kind == ArrayInfo::Kind::Number)
    return ImportRole::Metadata;
  return ImportRole::Ignore;
}

/// A vector with one value per channel that only rises or only falls is an axis, whatever its name.
void Planner::find_unnamed_axis() {
  if (std::ranges::find(plan_.roles, ImportRole::Wavelength) != plan_.roles.end()) return;
  if (plan_.channels == plan_.rows || container_.given_axis(plan_.spectra)) return;
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    const ArrayInfo& info = arrays_[i];
    if (plan_.roles[i] != ImportRole::Ignore || user_role(info) || info.integer ||
        info.kind != ArrayInfo::Kind::Number || info.vector_length() != plan_.channels)
      continue;
    const auto values = container_.numbers(i, control_);
    if (!values || values->size() < 2) continue;
    const bool rising = (*values)[1] > (*values)[0];
    bool monotonic = std::isfinite((*values)[0]);
    for (std::size_t c = 1; c < values->size(); ++c)
      monotonic = monotonic && (rising ? (*values)[c] > (*values)[c - 1] : (*values)[c] < (*values)[c - 1]);
    if (!monotonic) continue;
    plan_.roles[i] = ImportRole::Wavelength;
    return;
  }
}

/// Of the arrays with a role the first that lies beside what it belongs to, else the first. Compositions come
/// before their names.
std::optional<std::size_t> Planner::likeliest(ImportRole role) const {
  std::optional<std::size_t> first;
  std::string_view beside = spectra().name;
  std::optional<std::uint64_t> count;
  if (role == ImportRole::Names) {
    const auto composition = std::ranges::find(plan_.roles, ImportRole::Composition);
    if (composition != plan_.roles.end()) {
      const ArrayInfo& info = arrays_[static_cast<std::size_t>(composition - plan_.roles.begin())];
      beside = info.name;
      if (const auto layout = row_layout(info, plan_, true)) count = info.shape[*layout->part_axis];
    }
  }
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    if (plan_.roles[i] != role) continue;
    if (same_set(arrays_[i].name, beside) && (!count || arrays_[i].vector_length() == count)) return i;
    if (!first) first = i;
  }
  return first;
}

Status Planner::choose_roles() {
  plan_.roles.assign(arrays_.size(), ImportRole::Ignore);
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    const ArrayInfo& info = arrays_[i];
    if (i == plan_.spectra) {
      plan_.roles[i] = ImportRole::Spectra;
      continue;
    }
    const auto role = user_role(info);
    if (role && !fits(info, *role)) {
      return cannot(fmt::format("the array cannot be what it is to be, {}", to_string(*role)), info.name,
                    fmt::format("a size that goes with {} spectra of {} channels in \"{}\"", plan_.rows,
                                plan_.channels, spectra().name),
                    info.form());
    }
    plan_.roles[i] = role ? *role : guess_role(i);
  }
  // One array for what there can be one of; the user's, else the likeliest.
  for (const ImportRole single : {ImportRole::Wavelength, ImportRole::Composition, ImportRole::Group,
                                  ImportRole::BadChannels, ImportRole::Endmembers, ImportRole::Names}) {
    std::optional<std::size_t> kept;
    for (std::size_t i = 0; i < arrays_.size(); ++i)
      if (plan_.roles[i] == single && user_role(arrays_[i]) == single) kept = i;
    if (!kept) kept = likeliest(single);
    for (std::size_t i = 0; i < arrays_.size(); ++i) {
      if (plan_.roles[i] != single) continue;
      if (*kept == i) continue;
      const bool column = single == ImportRole::Composition || single == ImportRole::Group;
      plan_.roles[i] = column ? ImportRole::Metadata : ImportRole::Ignore;
    }
  }
  find_unnamed_axis();
  return {};
}

}  // namespace

bool is_called(const ArrayInfo& info, ImportRole role) {
  using enum ImportRole;
  const std::string name = plain_name(info.name);
  return (role == Spectra && (name.starts_with("spectr") || named_spectra(name))) ||
         (role == Wavelength && named_wavelength(name)) || (role == Composition && named_composition(name)) ||
         (role == Endmembers && named_endmembers(name)) || (role == Names && named_names(name));
}

bool is_companion(const ArrayInfo& info) {
  return is_one_of(plain_name(info.name), {"wavelengthunit", "groupnames", "groupcodes", "imageshape"});
}

std::optional<std::size_t> find_companion(const ArrayContainer& container, std::string_view name) {
  const auto& arrays = container.arrays();
  for (std::size_t i = 0; i < arrays.size(); ++i)
    if (is_companion(arrays[i]) && plain_name(arrays[i].name) == name) return i;
  return std::nullopt;
}

bool may_hold_codes(const ArrayInfo& info) {
  constexpr std::uint64_t longest = 200;
  return info.kind == ArrayInfo::Kind::Number && info.shape.size() == 2 && info.shape[1] >= 2 &&
         info.shape[1] <= longest && plain_name(info.name).ends_with("names");
}

std::optional<RowLayout> row_layout(const ArrayInfo& info, const ArrayPlan& plan, bool parts) {
  if (info.kind == ArrayInfo::Kind::Other) return std::nullopt;
  if (!parts) {
    if (info.vector_length() == plan.rows && plan.rows > 1) return RowLayout{std::nullopt, true};
    if (plan.rows == 1 && info.size() == 1) return RowLayout{std::nullopt, true};
    const bool image =
        plan.image && info.shape == std::vector<std::uint64_t>{plan.image->rows, plan.image->cols};
    return image ? std::optional(RowLayout{std::nullopt, false}) : std::nullopt;
  }
  for (std::size_t axis = info.shape.size(); axis-- > 0;) {
    std::vector<std::uint64_t> others = info.shape;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(axis));
    if (plan.image && others == std::vector<std::uint64_t>{plan.image->rows, plan.image->cols})
      return RowLayout{axis, false};
    if (others == std::vector<std::uint64_t>{plan.rows}) return RowLayout{axis, true};
  }
  return std::nullopt;
}

Result<ArrayPlan> plan_arrays(const ArrayContainer& container, const ImportOptions& options,
                              RunControl& control) {
  return Planner(container, options, control).plan();
}

ImportContents contents_of(const ArrayContainer& container, const ArrayPlan& plan, std::string format) {
  ImportContents contents;
  contents.format = std::move(format);
  const auto& arrays = container.arrays();
  for (std::size_t i = 0; i < arrays.size(); ++i)
    contents.fields.push_back({arrays[i].name, arrays[i].form(), plan.roles[i]});
  const std::size_t rank = arrays[plan.spectra].shape.size();
  ImportSetting axis{
      kAxisKey,
      Message::marked("axis of the spectra's array that runs along the channels, counted from 0"),
      {},
      fmt::format("{}", plan.spectral_axis)};
  for (std::size_t i = 0; i < rank; ++i) axis.choices.push_back(fmt::format("{}", i));
  contents.settings.push_back(std::move(axis));
  contents.settings.push_back(
      {kImageKey,
       Message::marked("size of the image, ROWS x COLUMNS, or none"),
       {},
       plan.image ? fmt::format("{} x {}", plan.image->rows, plan.image->cols) : "none"});
  contents.settings.push_back({kOrderKey,
                               Message::marked("how pixels along one axis run through the image"),
                               {"rows", "columns"},
                               plan.by_columns ? "columns" : "rows"});
  return contents;
}

}  // namespace assayer
