// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/preprocess/pipeline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

namespace assayer {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<Recipe, 4> kRecipes = {{
    {"libs-norm3",
     Message::marked("ChemCam LIBS: negative values clipped, each of the three spectrometers divided by its "
                     "sum, 6144 channels masked to 5485. The channel mean is removed by the model itself."),
     "I. Gemp et al. 2016, appendix A.2; S. M. Clegg et al. 2017, doi:10.1016/j.sab.2016.12.003",
     "clip:low=0;norm3:splits=2048+4098;mask:keep=110-1993+2169-4095+4182-5855"},
    {"nir-scatter",
     Message::marked(
         "Near infrared of powders and meat: second derivative against baselines, then SNV against scatter."),
     "Å. Rinnan, F. van den Berg, S. B. Engelsen 2009, Trends Anal. Chem. 28, 1201, "
     "doi:10.1016/j.trac.2009.07.007",
     "savgol:window=11,order=3,derivative=2;snv"},
    {"raman",
     Message::marked("Raman: cosmic rays taken out, fluorescence baseline taken off, scaled to length 1."),
     "Steps as cited with each", "despike:threshold=7;baseline:lambda=100000,p=0.01;normalise:by=l2"},
    {"reflectance-bands",
     Message::marked(
         "Absorption bands of minerals in reflectance: light smoothing, then the continuum divided out."),
     "R. N. Clark, T. L. Roush 1984, doi:10.1029/JB089iB07p06329",
     "savgol:window=5,order=2;continuum:by=divide"},
}};

/// Steps that leave the numbers of the channels that stay.
bool only_selects(std::string_view name) {
  return name == "mask" || name == "crop" || name == "bad" || name == "nan";
}

bool is_on(const StepSettings& step) {
  return step.enabled();
}

/// Whether the numbers that come out mean what came in.
bool keeps(const StepSettings& step) {
  if (step.info().name == "savgol") return step.whole("derivative") == 0;
  if (step.info().name == "baseline") return false;
  return step.info().effect == Effect::Keeps;
}

std::unexpected<Error> unreadable(std::string found) {
  return fail({Error::Kind::Format, "the pipeline cannot be read", "pipeline",
               "a list of {\"step\", \"settings\", \"on\"}", std::move(found), ""});
}

}  // namespace

std::span<const Recipe> recipes() {
  return kRecipes;
}

Result<Pipeline> Pipeline::parse(std::span<const std::string> texts) {
  Pipeline pipeline;
  for (const std::string& text : texts) {
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find_first_of(";\n", begin), text.size());
      const std::string one = text.substr(begin, end - begin);
      begin = end + 1;
      if (one.find_first_not_of(" \t\r") == std::string::npos) continue;
      auto step = StepSettings::parse(one);
      if (!step) return fail(step.error());
      pipeline.steps.push_back(*std::move(step));
    }
  }
  return pipeline;
}

Result<Pipeline> Pipeline::recipe(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Recipe& known : kRecipes) {
    if (known.name == name) return parse(std::array{std::string(known.steps)});
    names.push_back(known.name);
  }
  return fail({Error::Kind::Usage, "there is no such recipe", "recipe",
               fmt::format("one of {}", fmt::join(names, ", ")), std::string(name), ""});
}

bool Pipeline::empty() const {
  return std::ranges::none_of(steps, is_on);
}

bool Pipeline::keeps_quantity() const {
  return std::ranges::all_of(steps, [](const StepSettings& step) { return !step.enabled() || keeps(step); });
}

std::string Pipeline::short_text() const {
  std::vector<std::string_view> names;
  for (const StepSettings& step : steps)
    if (step.enabled() && !only_selects(step.info().name)) names.push_back(step.info().name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::vector<std::string> Pipeline::to_texts() const {
  std::vector<std::string> texts;
  for (const StepSettings& step : steps)
    if (step.enabled()) texts.push_back(step.to_text());
  return texts;
}

std::string Pipeline::to_json() const {
  Json json = Json::array();
  for (const StepSettings& step : steps)
    json.push_back({{"step", step.info().name}, {"settings", Json(step.changed())}, {"on", step.enabled()}});
  return json.dump();
}

Result<Pipeline> Pipeline::from_json(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_array()) return unreadable("something else");
  Pipeline pipeline;
  for (const auto& item : json) {
    if (!item.is_object() || !item.contains("step") || !item.at("step").is_string())
      return unreadable("a step without a name");
    auto step = StepSettings::of_kind(item.at("step").get<std::string>());
    if (!step) return fail(step.error());
    if (item.contains("settings")) {
      if (!item.at("settings").is_object()) return unreadable("settings that are no object");
      for (const auto& [key, value] : item.at("settings").items()) {
        if (!value.is_string()) return unreadable(fmt::format("{} that is no text", key));
        if (auto set = step->set(key, value.get<std::string>()); !set) return fail(set.error());
      }
    }
    if (item.contains("on")) {
      if (!item.at("on").is_boolean()) return unreadable("\"on\" that is neither true nor false");
      step->set_enabled(item.at("on").get<bool>());
    }
    pipeline.steps.push_back(*std::move(step));
  }
  return pipeline;
}

std::vector<Message> Pipeline::warnings() const {
  std::vector<Message> found;
  const auto say = [&](Message sentence) {
    if (std::ranges::find(found, sentence) == found.end()) found.push_back(std::move(sentence));
  };
  // What the numbers are by now, and which step made them so.
  std::string_view signed_by;   // values of either sign
  std::string_view centred_by;  // the channels' mean over the training rows is 0
  std::string_view scaled_by;   // no longer in the unit of the measurement
  std::string_view logged_by;
  std::string_view smoothed_by;  // neighbours are mixed
  std::set<std::string_view> seen;
  for (const StepSettings& step : steps) {
    if (!step.enabled()) continue;
    const std::string_view name = step.info().name;
    const bool logarithm = step.info().effect == Effect::Logarithm;
    if (logarithm && !logged_by.empty())
      say(Message::sentence("{} after {}: a logarithm of a logarithm. Leave one of them out.",
                            {name, logged_by}));
    else if (logarithm && !signed_by.empty())
      say(Message::sentence(
          "{} after {}: about half of the values are negative by then and have no logarithm. Put {} first.",
          {name, signed_by, name}));
    if (name == "albedo" && (!scaled_by.empty() || !signed_by.empty()))
      say(Message::sentence(
          "albedo after {}: Hapke's model wants reflectance as it was measured. Put albedo first.",
          {scaled_by.empty() ? signed_by : scaled_by}));
    if (name == "reflectance" && !seen.contains("albedo"))
      say(Message::sentence(
          "reflectance without albedo before it: the spectra must be single-scattering albedo already."));
    if ((name == "continuum" || name == "baseline") && step.is("by", "divide") && !signed_by.empty())
      say(
          Message::sentence("{} after {}: dividing needs a positive line, and the values are of either sign "
                            "by then. Put {} first.",
                            {name, signed_by, name}));
    if (name == "msc" && !centred_by.empty())
      say(
          Message::sentence("msc after {}: the mean of the training spectra is zero by then, so nothing can "
                            "be regressed on it. Put msc first.",
                            {centred_by}));
    const bool by_sum = name == "norm3" || (name == "normalise" && (step.is("by", "sum")));
    if (by_sum && !signed_by.empty())
      say(
          Message::sentence("{} after {}: positive and negative values cancel, so the sum says nothing of "
                            "the spectrum's size. Normalise first, or by l2.",
                            {name, signed_by}));
    if (name == "clip" && step.number("low") >= 0 && !signed_by.empty())
      say(Message::sentence(
          "clip after {}: half of the values are negative by then and would be lost. Put clip first.",
          {signed_by}));
    if (name == "despike" && !smoothed_by.empty())
      say(Message::sentence(
          "despike after {}: spikes are smeared over their neighbours by then. Put despike first.",
          {smoothed_by}));
    if (name == "nan" && !smoothed_by.empty())
      say(Message::sentence(
          "nan after {}: missing values have spread over the window by then. Put nan first.", {smoothed_by}));
    if (name == "snv" && seen.contains("snv"))
      say(Message::sentence("snv twice: the second changes nothing."));
    if (name == "snv" && (seen.contains("normalise") || seen.contains("msc")))
      say(Message::sentence("snv after another normalisation: snv undoes its scale. One of them is enough."));
    if (name == "centre" && !centred_by.empty())
      say(Message::sentence("centre after {}: the mean is zero already.", {centred_by}));
    if ((name == "snv" || name == "norm3" || name == "normalise" || name == "msc") && !centred_by.empty() &&
        name != "msc" && !by_sum)
      say(Message::sentence("{} after {}: spectra near the mean are blown up to noise. Put {} first.",
                            {name, centred_by, name}));

    seen.insert(name);
    if (logarithm) logged_by = name;
    if (!keeps(step)) scaled_by = name;
    const bool takes_off = (name == "baseline" || name == "continuum") && step.is("by", "subtract");
    if (name == "snv" || name == "centre" || name == "standardise" || logarithm || takes_off ||
        (name == "savgol" && step.whole("derivative") > 0))
      signed_by = name;
    if (name == "centre" || name == "standardise") centred_by = name;
    // Afterwards the training spectra have a mean again.
    if (name == "snv" || name == "normalise" || name == "norm3") centred_by = {};
    if (name == "savgol" || name == "moving-average" || name == "wavelet" ||
        (name == "resample" && step.is("method", "gaussian")))
      smoothed_by = name;
    if (name == "reflectance") scaled_by = {};
  }
  return found;
}

}  // namespace assayer
