// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/model_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <new>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/io/atomic_file.h"
#include "core/io/hdf5_file.h"
#include "core/io/history_file.h"
#include "core/io/native_form.h"
#include "core/io/pipeline_file.h"
#include "core/io/text.h"
#include "core/io/trial.h"

namespace assayer {

namespace {

using Json = nlohmann::json;
using Shape = std::vector<std::uint64_t>;

constexpr std::int64_t kVersion = 1;

// Attributes of the file.
constexpr const char* kConfig = "config";
constexpr const char* kPlan = "plan";
constexpr const char* kFingerprint = "data_fingerprint";
constexpr const char* kDataPath = "data_path";
constexpr const char* kWeightNames = "weights";
constexpr const char* kFixedNames = "fixed";
constexpr const char* kFacts = "facts";
// Datasets and groups.
constexpr const char* kComponents = "components";
constexpr const char* kWavelength = "wavelength";
constexpr const char* kUnits = "units";
constexpr const char* kUnfeatured = "unfeatured";
constexpr const char* kChannelUsed = "preprocessing/channel_used";
constexpr const char* kChannelMean = "preprocessing/channel_mean";
constexpr const char* kMeanZ = "mean_z";
constexpr const char* kTraining = "training";
constexpr const char* kHistory = "training/history";
constexpr const char* kBest = "training/best";

std::unexpected<Error> broken(std::string where, std::string what, std::string expected, std::string found) {
  return fail({Error::Kind::Format, std::move(what), std::move(where), std::move(expected), std::move(found),
               "The model file is damaged: take another copy or a checkpoint, or train again."});
}

template <class T>
std::span<const T> span_of(const std::vector<T>& values) {
  return values;
}

/// Runs the steps in order until one fails.
template <class... Steps>
Status in_order(Steps&&... steps) {
  Status status;
  const auto run = [&status](auto&& step) {
    status = step();
    return status.has_value();
  };
  static_cast<void>((run(steps) && ...));
  return status;
}

std::uint64_t size_of(std::span<const std::int64_t> shape) {
  std::uint64_t size = 1;
  for (const auto length : shape)
    if (length < 0 || __builtin_mul_overflow(size, static_cast<std::uint64_t>(length), &size))
      return std::numeric_limits<std::uint64_t>::max();
  return size;
}

// Writing

/// The arrays under `prefix`, and an attribute of `owner` that lists their names in order.
Status write_arrays(hdf5::File& file, const std::string& owner, const char* list, const std::string& prefix,
                    const std::vector<NamedArray>& arrays) {
  std::vector<std::string> names;
  for (const auto& array : arrays) {
    if (size_of(array.shape) != array.values.size()) {
      return fail({Error::Kind::Data, "an array does not match its shape", array.name,
                   fmt::format("{} values", size_of(array.shape)), fmt::format("{}", array.values.size()),
                   ""});
    }
    const Shape shape(array.shape.begin(), array.shape.end());
    if (auto status = file.write(prefix + array.name, shape, span_of(array.values)); !status) return status;
    names.push_back(array.name);
  }
  return file.write_attribute(owner, list, span_of(names));
}

Status check_weight_names(const std::vector<NamedArray>& weights) {
  static constexpr std::array<std::string_view, 6> taken = {kComponents,     kWavelength, kUnfeatured,
                                                            "preprocessing", kMeanZ,      kTraining};
  for (const auto& array : weights) {
    const std::string_view top = std::string_view(array.name).substr(0, array.name.find('/'));
    if (top.empty() || std::ranges::find(taken, top) != taken.end()) {
      return fail({Error::Kind::Data, "this name is taken in a model file", array.name,
                   "another name for the weight", "", ""});
    }
  }
  return {};
}

Status write_best(hdf5::File& file, const BestState& best) {
  return in_order(
      [&] { return file.create_group(kBest); },
      [&] { return file.write_attribute(kBest, "epoch", std::span<const std::int64_t>(&best.epoch, 1)); },
      [&] { return file.write_attribute(kBest, "objective", std::span<const double>(&best.objective, 1)); },
      [&] { return write_arrays(file, kBest, kWeightNames, "training/best/weights/", best.weights); },
      [&] {
        return file.write<float>("training/best/mean_z", Shape{best.mean_z.size()}, span_of(best.mean_z));
      });
}

Status write_training(hdf5::File& file, const TrainingState& training) {
  const auto number = [&](const char* key, auto value) {
    return file.write_attribute<decltype(value)>(kTraining, key, std::span<const decltype(value)>(&value, 1));
  };
  const auto generators = [&]() -> Status {
    for (std::size_t m = 0; m < training.generators.size(); ++m) {
      const auto& bytes = training.generators[m];
      if (auto status =
              file.write(fmt::format("training/generators/{}", m), Shape{bytes.size()}, span_of(bytes));
          !status)
        return status;
    }
    return number("generators", static_cast<std::int64_t>(training.generators.size()));
  };
  return in_order(
      [&] { return file.create_group(kTraining); }, [&] { return number("epoch", training.epoch); },
      [&] { return number("step", training.step); }, [&] { return number("seconds", training.seconds); },
      [&] { return write_arrays(file, kTraining, "moments", "training/moments/", training.moments); },
      [&] { return write_arrays(file, kTraining, "constants", "training/constants/", training.constants); },
      generators, [&] { return write_history(file, kHistory, training.history); },
      [&] { return training.best ? write_best(file, *training.best) : Status{}; });
}

Status write_plan(hdf5::File& file, const TrainPlan& plan) {
  const Json json = {{"labelled", plan.labelled}, {"unlabelled", plan.unlabelled}};
  return in_order([&] { return file.write_attribute("/", kPlan, json.dump()); },
                  [&] {
                    return file.write<double>(kUnfeatured,
                                              Shape{plan.unfeatured.rows(), plan.unfeatured.cols()},
                                              plan.unfeatured.values());
                  });
}

/// Only where there is something: files of methods without look as they always did.
Status write_fixed(hdf5::File& file, const ModelState& state) {
  return in_order(
      [&] { return check_weight_names(state.fixed); },
      [&] { return state.fixed.empty() ? Status{} : write_arrays(file, "/", kFixedNames, "", state.fixed); },
      [&] {
        return state.facts.empty() ? Status{} : file.write_attribute("/", kFacts, Json(state.facts).dump());
      });
}

Status write_state(hdf5::File& file, const ModelState& state) {
  // [M, Z] where the settings say so; a state that contradicts them is written as it is.
  const auto members = static_cast<std::uint64_t>(std::max<std::int64_t>(state.config.members, 0));
  const auto dimensions =
      static_cast<std::uint64_t>(std::max<std::int64_t>(state.config.nuisance_dimensions, 0));
  const std::uint64_t values = state.mean_z.size();
  const bool table = members > 0 && values % members == 0 && values / members == dimensions;
  const Shape z_shape = table ? Shape{members, dimensions} : Shape{values};
  const auto text = [&](const char* key, const std::string& value) {
    return file.write_attribute("/", key, value);
  };
  return in_order(
      [&] { return text(model_form::kFormat, model_form::kFormatName); },
      [&] {
        return file.write_attribute("/", model_form::kFormatVersion,
                                    std::span<const std::int64_t>(&kVersion, 1));
      },
      [&] { return text(kConfig, state.config.to_json()); },
      [&] { return text(kFingerprint, state.data_fingerprint); },
      [&] { return text(kDataPath, state.data_path); }, [&] { return write_plan(file, state.plan); },
      [&] { return file.write_texts(kComponents, state.components); },
      [&] {
        return file.write<double>(kWavelength, Shape{state.wavelength.size()}, state.wavelength.values());
      },
      [&] {
        return file.write_attribute(kWavelength, kUnits, std::string(to_string(state.wavelength.unit())));
      },
      [&] { return file.write(kChannelUsed, Shape{state.channel_used.size()}, span_of(state.channel_used)); },
      [&] { return file.write(kChannelMean, Shape{state.channel_mean.size()}, span_of(state.channel_mean)); },
      [&] { return file.write(kMeanZ, z_shape, span_of(state.mean_z)); },
      [&] { return check_weight_names(state.weights); },
      [&] { return write_arrays(file, "/", kWeightNames, "", state.weights); },
      [&] { return write_fixed(file, state); },
      [&] { return state.preprocessing ? write_pipeline(file, *state.preprocessing) : Status{}; },
      [&] { return state.training ? write_training(file, *state.training) : Status{}; });
}

// Reading: each function returns false and leaves the error in `error_`, so that the steps read in a row.

class Reader {
 public:
  explicit Reader(const hdf5::File& file) : file_(file) {}

  Result<ModelState> read() {
    if (check_format() && read_config() && read_plan() && read_axis() && read_channels() &&
        read_arrays("/", kWeightNames, "", state_.weights) && read_fixed() &&
        take(read_pipeline(file_), state_.preprocessing) && read_training())
      return std::move(state_);
    return fail(std::move(error_));
  }

 private:
  bool refuse(std::string where, std::string what, std::string expected, std::string found) {
    error_ = broken(std::move(where), std::move(what), std::move(expected), std::move(found)).error();
    return false;
  }
  /// Moves the value out, or keeps the error.
  template <class T, class Into>
  bool take(Result<T> result, Into& into) {
    if (!result) {
      error_ = std::move(result).error();
      return false;
    }
    into = *std::move(result);
    return true;
  }
  bool take_text(const char* key, std::string& into) {
    std::vector<std::string> texts;
    if (!take(file_.read_attribute_texts("/", key), texts)) return false;
    if (texts.size() != 1)
      return refuse(fmt::format("attribute {}", key), "one text was expected", "1",
                    fmt::format("{}", texts.size()));
    into = std::move(texts.front());
    return true;
  }
  template <class T>
  bool take_number(const std::string& object, const char* key, T& into) {
    std::vector<T> values;
    if (!take(file_.read_attribute<T>(object, key), values)) return false;
    if (values.size() != 1)
      return refuse(fmt::format("attribute {}", key), "one number was expected", "1",
                    fmt::format("{}", values.size()));
    into = values.front();
    return true;
  }

  bool check_format() {
    std::string format;
    const bool marked =
        file_.has_attribute("/", model_form::kFormat) && take_text(model_form::kFormat, format);
    if (!marked || format != model_form::kFormatName) {
      const bool data = format == native::kFormatName || (!marked && file_.has_dataset(native::kSpectra));
      error_ = {Error::Kind::Format,
                "this HDF5 file is no model",
                "",
                fmt::format("the attribute format = \"{}\"", model_form::kFormatName),
                data     ? "a data set with /spectra"
                : marked ? fmt::format("\"{}\"", format)
                         : "no such attribute",
                "Give a file that training has written."};
      return false;
    }
    std::int64_t version = 0;
    if (!take_number("/", model_form::kFormatVersion, version)) return false;
    if (version > kVersion) {
      error_ = {Error::Kind::Format,
                "the model was written by a newer version of this program",
                fmt::format("attribute {}", model_form::kFormatVersion),
                fmt::format("at most {}", kVersion),
                fmt::format("{}", version),
                "Update this program, or train the model again with this one."};
      return false;
    }
    if (version < 1)
      return refuse(fmt::format("attribute {}", model_form::kFormatVersion), "the version is impossible",
                    fmt::format("1 to {}", kVersion), fmt::format("{}", version));
    return true;
  }

  bool read_config() {
    std::string json;
    if (!take_text(kConfig, json)) return false;
    auto config = TrainConfig::from_json(json);
    if (!config) {
      error_ = config.error().in("attribute config");
      return false;
    }
    state_.config = *std::move(config);
    return take_text(kFingerprint, state_.data_fingerprint) && take_text(kDataPath, state_.data_path);
  }

  bool take_rows(const Json& json, const char* key, Rows& rows) {
    const auto refuse_rows = [&] {
      return refuse("attribute plan", "the plan cannot be read", fmt::format("row numbers in \"{}\"", key),
                    "something else");
    };
    if (!json.is_object() || !json.contains(key) || !json.at(key).is_array()) return refuse_rows();
    for (const auto& item : json.at(key)) {
      if (!item.is_number_unsigned() || item.get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max())
        return refuse_rows();
      rows.push_back(item.get<std::uint32_t>());
    }
    return true;
  }

  bool read_plan() {
    std::string text;
    if (!take_text(kPlan, text)) return false;
    const Json json = Json::parse(text, nullptr, false);
    return take_rows(json, "labelled", state_.plan.labelled) &&
           take_rows(json, "unlabelled", state_.plan.unlabelled) &&
           take_table(kUnfeatured, state_.plan.unfeatured);
  }

  bool take_table(const char* dataset, Matrix<double>& into) {
    hdf5::DatasetInfo info;
    std::vector<double> values;
    if (!take(file_.info(dataset), info)) return false;
    if (info.rank() != 2)
      return refuse(fmt::format("/{}", dataset), "the table has no two dimensions", "[U, K]",
                    info.shape_text());
    if (!take(file_.read<double>(dataset), values)) return false;
    into = Matrix<double>(std::move(values), info.shape[0], info.shape[1]);
    return true;
  }

  bool read_axis() {
    std::vector<double> values;
    std::vector<std::string> units;
    if (!take(file_.read_texts(kComponents), state_.components) ||
        !take(file_.read<double>(kWavelength), values) ||
        !take(file_.read_attribute_texts(kWavelength, kUnits), units))
      return false;
    const auto unit = units.size() == 1 ? parse_wavelength_unit(units.front()) : std::nullopt;
    if (!unit)
      return refuse("/wavelength, attribute units", "the unit is not known", "nm, um, cm-1, channel or pixel",
                    "");
    if (values.empty()) return true;
    auto axis = WavelengthAxis::create(std::move(values), *unit);
    if (!axis) {
      error_ = axis.error().in("/wavelength");
      return false;
    }
    state_.wavelength = *std::move(axis);
    return true;
  }

  bool read_channels() {
    if (!take(file_.read<std::uint8_t>(kChannelUsed), state_.channel_used) ||
        !take(file_.read<float>(kChannelMean), state_.channel_mean) ||
        !take(file_.read<float>(kMeanZ), state_.mean_z))
      return false;
    const std::size_t channels = state_.wavelength.size();
    const auto matches = [&](const char* dataset, std::size_t size) {
      return size == channels ||
             refuse(fmt::format("/{}", dataset), "the channels do not match",
                    fmt::format("{} values, as in /wavelength", channels), fmt::format("{}", size));
    };
    return matches(kChannelUsed, state_.channel_used.size()) &&
           matches(kChannelMean, state_.channel_mean.size());
  }

  bool read_arrays(const std::string& owner, const char* list, const std::string& prefix,
                   std::vector<NamedArray>& into) {
    std::vector<std::string> names;
    if (!take(file_.read_attribute_texts(owner, list), names)) return false;
    for (auto& array_name : names) {
      NamedArray array;
      hdf5::DatasetInfo info;
      if (!take(file_.info(prefix + array_name), info) ||
          !take(file_.read<float>(prefix + array_name), array.values))
        return false;
      array.shape.assign(info.shape.begin(), info.shape.end());
      array.name = std::move(array_name);
      into.push_back(std::move(array));
    }
    return true;
  }

  bool read_fixed() {
    if (file_.has_attribute("/", kFixedNames) && !read_arrays("/", kFixedNames, "", state_.fixed))
      return false;
    if (!file_.has_attribute("/", kFacts)) return true;
    std::string text;
    if (!take_text(kFacts, text)) return false;
    const Json json = Json::parse(text, nullptr, false);
    const bool texts =
        json.is_object() && std::ranges::all_of(json, [](const Json& fact) { return fact.is_string(); });
    if (!texts)
      return refuse(fmt::format("attribute {}", kFacts), "the notes cannot be read", "a JSON object of texts",
                    "something else");
    state_.facts = json.get<std::map<std::string, std::string>>();
    return true;
  }

  bool read_training() {
    if (!file_.has_attribute(kTraining, "epoch")) return true;
    TrainingState training;
    std::int64_t generators = 0;
    if (!take_number(kTraining, "epoch", training.epoch) || !take_number(kTraining, "step", training.step) ||
        !take_number(kTraining, "seconds", training.seconds) ||
        !read_arrays(kTraining, "moments", "training/moments/", training.moments) ||
        !read_arrays(kTraining, "constants", "training/constants/", training.constants) ||
        !take_number(kTraining, "generators", generators))
      return false;
    for (std::int64_t m = 0; m < generators; ++m) {
      std::vector<std::uint8_t> bytes;
      if (!take(file_.read<std::uint8_t>(fmt::format("training/generators/{}", m)), bytes)) return false;
      training.generators.push_back(std::move(bytes));
    }
    if (!take(read_history(file_, kHistory), training.history) || !read_best(training)) return false;
    state_.training = std::move(training);
    return true;
  }

  bool read_best(TrainingState& training) {
    if (!file_.has_attribute(kBest, "epoch")) return true;
    BestState best;
    if (!take_number(kBest, "epoch", best.epoch) || !take_number(kBest, "objective", best.objective) ||
        !read_arrays(kBest, kWeightNames, "training/best/weights/", best.weights) ||
        !take(file_.read<float>("training/best/mean_z"), best.mean_z))
      return false;
    training.best = std::move(best);
    return true;
  }

  const hdf5::File& file_;
  ModelState state_;
  Error error_;
};

Result<ModelState> read_checked(const std::filesystem::path& path) {
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  const auto file_error = [](std::string what, std::string mend) {
    return fail({Error::Kind::File, std::move(what), "", "", "", std::move(mend)});
  };
  if (status.type() == std::filesystem::file_type::not_found)
    return file_error("there is no such file", "Check the name and the folder.");
  if (std::filesystem::is_directory(status))
    return file_error("this is a folder", "Give the name of a model file.");
  if (!std::filesystem::is_regular_file(status))
    return file_error("this is no ordinary file", "Copy the model into a file first.");
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return file_error("the file cannot be opened", "Check its permissions.");
  std::string head(16 * 1024, '\0');
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(stream.gcount()));
  if (!hdf5::has_signature(head)) {
    return fail({Error::Kind::NotThisFormat, "this is no model file", "",
                 "an HDF5 file that training has written", describe_bytes(head),
                 "Give a file that training has written."});
  }
  const auto file = hdf5::File::open(path);
  if (!file) return fail(file.error());
  return Reader(*file).read();
}

}  // namespace

Status write_model(const ModelState& state, hdf5::File& group) {
  return write_state(group, state);
}

Result<ModelState> read_model(const hdf5::File& group) {
  return Reader(group).read();
}

Status write_model(const ModelState& state, const std::filesystem::path& path, bool overwrite) {
  auto target = AtomicFile::create(path, overwrite);
  if (!target) return fail(target.error());
  auto file = hdf5::File::create(target->aside());
  if (!file) return fail(file.error().in(path.string()));
  if (auto status = write_state(*file, state); !status) return fail(status.error().in(path.string()));
  if (auto status = file->close(); !status) return fail(status.error().in(path.string()));
  return target->commit();
}

Result<ModelState> read_model(const std::filesystem::path& path) {
  try {
    RunControl control;
    const auto read = [&path] { return read_checked(path); };
    const std::uintmax_t bytes = bytes_of(path);
    const auto attempt = [&read](RunControl&) { return read(); };
    auto state = is_tried_whole(bytes) ? read_after_trial("libhdf5", bytes, control, attempt, read) : read();
    if (!state) return fail(state.error().in(path.string()));
    return state;
  } catch (const std::bad_alloc&) {
    return fail({Error::Kind::File, "the model does not fit into the memory", path.string(), "", "", ""});
  }
}

}  // namespace assayer
