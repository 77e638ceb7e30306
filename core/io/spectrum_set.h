// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/io/importer.h"

namespace assayer {

/// Spectra as instruments' files hold them: each with an axis and notes of its own.
///
/// The values of spectra on one axis lie together from the start, and those that make the data set are not
/// copied: memory for what the file has as float32, for each axis that differs, and for the notes. Which axis
/// most spectra have is known at the end only, hence those on others are held until then.
class SpectrumSet {
 public:
  struct Axis {
    std::vector<double> values;
    std::string unit;  ///< as the file says it
    /// Set where the file's unit is none of a spectral axis (time, mass, ppm): positions.
    std::optional<WavelengthUnit> forced;

    friend bool operator==(const Axis&, const Axis&) = default;
  };
  struct Spectrum {
    std::size_t axis = 0;
    std::string title;
    std::map<std::string, std::string> notes;
  };

  /// How many spectra will come at most, and how many values in all: a matrix that grows is in memory twice
  /// for a moment. Of a guess that is too high only address space is taken. Before the first `add`.
  void expect(std::size_t spectra, std::uint64_t values);
  /// Notes of every spectrum.
  void note(const std::map<std::string, std::string>& notes) { common_.insert(notes.begin(), notes.end()); }
  /// The place of an axis, an equal one if there is one already.
  std::size_t add_axis(Axis axis);
  /// Where the values of the spectrum belong, as many as its axis has; valid until the next call.
  std::span<float> add(Spectrum spectrum);
  [[nodiscard]] bool empty() const { return axis_of_.empty(); }
  [[nodiscard]] std::size_t size() const { return axis_of_.size(); }

  /// One data set of the spectra that share the most common axis; others are left out with a warning. Notes
  /// that all share become attributes, others text columns, beside the column "title". Leaves the set empty.
  Result<Imported> make(const std::string& format, const std::filesystem::path& path,
                        const ImportOptions& options, std::vector<std::string> warnings);

 private:
  /// The spectra on one axis.
  struct Group {
    Axis axis;
    std::vector<float> values;
    std::size_t spectra = 0;
  };
  /// A text that `count` spectra from `first` on have: neighbours mostly share theirs.
  struct Run {
    std::size_t first = 0;
    std::size_t count = 0;
    std::string text;
  };
  static void append(std::vector<Run>& runs, std::size_t spectrum, std::string text);
  /// The text of each of the spectra `kept`, which rise; an empty one where there is none.
  static std::vector<const std::string*> texts(const std::vector<Run>& runs,
                                               std::span<const std::size_t> kept);

  std::size_t expected_spectra_ = 0;
  std::uint64_t expected_values_ = 0;
  std::vector<Group> groups_;
  std::vector<std::size_t> axis_of_;
  std::vector<Run> titles_;
  std::map<std::string, std::vector<Run>> notes_;
  std::map<std::string, std::string> common_;
};

}  // namespace assayer
