// SPDX-License-Identifier: GPL-3.0-or-later
// Compositions among the arrays of a container.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/io/array_plan.h"
#include "core/io/attaching_detail.h"
#include "core/io/hdf5_tree.h"
#include "core/io/matlab_file.h"
#include "core/io/matlab_importer.h"
#include "core/io/numpy_file.h"
#include "core/io/numpy_importer.h"

namespace assayer::attaching {

namespace fs = std::filesystem;

bool holds_arrays(const fs::path& file, std::string_view head) {
  return MatlabImporter().sniff(file, head) || NumpyImporter().sniff(file, head) || hdf5::has_signature(head);
}

Result<std::unique_ptr<ArrayContainer>> open_arrays(const fs::path& file, std::string_view head) {
  if (MatlabImporter().sniff(file, head)) return MatlabFile::open(file);
  if (NumpyImporter().sniff(file, head)) return NumpyFile::open(file);
  return Hdf5Tree::open(file);
}

Result<std::vector<std::string>> names_beside(const ArrayContainer& container, std::size_t array,
                                              std::size_t count) {
  const auto fit = [count](const std::vector<std::string>& names) {
    const std::set<std::string> distinct(names.begin(), names.end());
    return names.size() == count && distinct.size() == count && !distinct.contains("");
  };
  if (auto names = container.part_names(array); fit(names)) return names;
  std::vector<std::string> first;
  const auto& arrays = container.arrays();
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    if (arrays[i].kind != ArrayInfo::Kind::Text || arrays[i].vector_length() != count) continue;
    auto names = container.texts(i);
    if (!names) return fail(names.error().in(arrays[i].name));
    if (!fit(*names)) continue;
    if (is_called(arrays[i], ImportRole::Names)) return names;
    if (first.empty()) first = *std::move(names);
  }
  return first;
}

Result<std::size_t> likeliest(const ArrayContainer& container, const std::vector<std::size_t>& fitting,
                              ImportRole role, const std::string& wanted,
                              std::vector<std::string>& warnings) {
  const auto& arrays = container.arrays();
  std::vector<std::size_t> called;
  std::ranges::copy_if(fitting, std::back_inserter(called),
                       [&](std::size_t i) { return is_called(arrays[i], role); });
  const auto list = [&](const std::vector<std::size_t>& of) {
    std::vector<std::string> names;
    for (const std::size_t i : of) names.push_back(arrays[i].name);
    return some_of(names);
  };
  if (called.size() > 1) warnings.push_back(fmt::format("Of {} the first is taken.", list(called)));
  if (!called.empty()) return called.front();
  if (fitting.size() == 1) return fitting.front();
  std::vector<std::string> forms;
  for (const ArrayInfo& info : arrays) {
    if (forms.size() == 12) break;
    forms.push_back(fmt::format("{} {}", info.name, info.form()));
  }
  if (fitting.empty()) {
    return fail({Error::Kind::Usage, "no array of the file goes with the data", "", wanted,
                 forms.empty() ? "no arrays" : fmt::format("{}", fmt::join(forms, ", ")),
                 "Take the file that belongs to these spectra."});
  }
  return fail({Error::Kind::Usage, fmt::format("several arrays could be the {}", to_string(role)), "",
               role == ImportRole::Composition ? "one, or one by the name abundance"
                                               : "one, or one by the name endmembers",
               list(fitting), "Rename the one that is meant, or leave the others out."});
}

Result<FoundCompositions> compositions_of_arrays(const ArrayContainer& container, const Dataset& data,
                                                 RunControl& control) {
  const auto& arrays = container.arrays();
  // As if the spectra were an array of the same file.
  ArrayPlan plan;
  plan.rows = data.rows();
  plan.channels = data.channels();
  plan.image = data.image_shape();
  // Our own exporters lay images out by rows.
  plan.by_columns = container.images_by_columns() && !find_companion(container, "imageshape");
  std::vector<std::size_t> fitting;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    if (arrays[i].kind != ArrayInfo::Kind::Number || is_companion(arrays[i])) continue;
    const auto layout = row_layout(arrays[i], plan, true);
    const std::uint64_t parts = layout ? arrays[i].shape[*layout->part_axis] : 0;
    if (parts >= 2 && parts <= kMostComponents) fitting.push_back(i);
  }
  std::string wanted = fmt::format("numbers [{0}, K] or [K, {0}]", data.rows());
  if (plan.image) wanted += fmt::format(", or [{}, {}, K]", plan.image->rows, plan.image->cols);
  wanted += fmt::format(", K from 2 to {} components", kMostComponents);

  FoundCompositions found;
  const auto array = likeliest(container, fitting, ImportRole::Composition, wanted, found.warnings);
  if (!array) return fail(array.error());
  const ArrayInfo& info = arrays[*array];
  const RowLayout layout = *row_layout(info, plan, true);
  const auto numbers = container.numbers(*array, control);
  if (!numbers) return fail(numbers.error().in(info.name));
  const std::size_t count = info.shape[*layout.part_axis];
  found.values = Matrix<double>(data.rows(), count);
  const bool turned = layout.flat && plan.image && plan.by_columns;
  constexpr std::size_t per_poll = 1U << 16U;
  ArrayWalk walk(info.shape, false);
  for (std::size_t i = 0; i < numbers->size(); ++i) {
    if (i % per_poll == 0 && control.stop_requested()) return fail(Error::cancel());
    std::uint64_t pixel = 0;
    for (std::size_t axis = 0; axis < info.shape.size(); ++axis)
      if (layout.part_axis != axis) pixel = pixel * info.shape[axis] + walk.index()[axis];
    if (turned) pixel = pixel % plan.image->rows * plan.image->cols + pixel / plan.image->rows;
    found.values(pixel, walk.index()[*layout.part_axis]) = (*numbers)[i];
    walk.next();
  }
  if (turned)
    found.warnings.push_back(
        fmt::format("The pixels of \"{}\" are taken to run down the image's columns, as MATLAB has them; an "
                    "array [{}, {}, {}] would leave no doubt.",
                    info.name, plan.image->rows, plan.image->cols, count));
  auto names = names_beside(container, *array, count);
  if (!names) return fail(names.error());
  found.named = !names->empty();
  found.components = found.named ? *std::move(names) : numbered(count);
  return found;
}

}  // namespace assayer::attaching
