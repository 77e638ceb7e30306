// SPDX-License-Identifier: GPL-3.0-or-later
// Every kind of step: what it is called, what can be chosen, where it comes from, and who makes it.
#include <array>
#include <limits>

#include "core/base/message.h"
#include "core/preprocess/steps_detail.h"

namespace assayer {

namespace {

using namespace preprocess;
using Kind = ParameterInfo::Kind;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

ParameterInfo number(std::string_view key, std::string_view initial, double low, double high,
                     std::string_view meaning) {
  return {key, Kind::Number, initial, low, high, {}, meaning};
}
ParameterInfo whole(std::string_view key, std::string_view initial, double low, double high,
                    std::string_view meaning) {
  return {key, Kind::Whole, initial, low, high, {}, meaning};
}
ParameterInfo choice(std::string_view key, std::vector<std::string_view> choices, std::string_view meaning) {
  const std::string_view initial = choices.front();
  return {key, Kind::Choice, initial, 0, 0, std::move(choices), meaning};
}
ParameterInfo text(std::string_view key, std::string_view initial, std::string_view meaning) {
  return {key, Kind::Text, initial, 0, 0, {}, meaning};
}
ParameterInfo numbers(std::string_view key, std::string_view initial, double low, std::string_view meaning) {
  return {key, Kind::Numbers, initial, low, kInfinity, {}, meaning};
}
ParameterInfo unit(std::vector<std::string_view> order) {
  return choice("unit", std::move(order),
                Message::marked("of the ranges: channel counts from 0, axis is the file's own unit"));
}

const std::vector<std::string_view> kChannelFirst = {"channel", "axis", "nm", "um", "cm-1"};
const std::vector<std::string_view> kAxisFirst = {"axis", "channel", "nm", "um", "cm-1"};

struct Entry {
  StepInfo info;
  MadeStep (*make)(const StepSettings&, const Channels&);
};

constexpr auto kHapke =
    "B. Hapke 1981, J. Geophys. Res. 86, 3039, doi:10.1029/JB086iB04p03039; see core/mixing/link.h";

std::vector<Entry> channel_entries() {
  return {
      {{"mask",
        Message::marked("Keep or drop channels"),
        Message::marked("Takes channels out of the spectra by ranges."),
        "definition: the channels inside a range of `keep` and no range of `drop`, ends included",
        {text("keep", "", Message::marked("ranges to keep, FIRST-LAST joined by +; empty: all")),
         text("drop", "", Message::marked("ranges to take out")), unit(kChannelFirst)}},
       make_mask},
      {{"crop",
        Message::marked("Crop the axis"),
        Message::marked("Keeps the channels between two positions."),
        "definition: the channels with from <= position <= to",
        {number("from", "-inf", -kInfinity, kInfinity,
                Message::marked("first position to keep, in the unit below")),
         number("to", "inf", -kInfinity, kInfinity, Message::marked("last position to keep")),
         unit(kAxisFirst)}},
       make_crop},
      {{"bad",
        Message::marked("Bad channels"),
        Message::marked("Masks or removes channels: by ranges, by the file's own mask, or because the "
                        "training spectra are constant, missing or saturated there."),
        "definition: of the training spectra max = min, or the share without a finite value > missing, or "
        "the share at the largest value of all channels > saturated",
        {text("ranges", "", Message::marked("ranges that are bad, FIRST-LAST joined by +")), unit(kAxisFirst),
         choice("constant", {"yes", "no"},
                Message::marked("channels with one and the same value in all training spectra")),
         number("missing", "0", 0, 1,
                Message::marked("share of training spectra without a finite value that is tolerated")),
         number("saturated", "1", 0, 1,
                Message::marked(
                    "share of training spectra at the largest value of all that is tolerated; 1: any")),
         choice(
             "action", {"mask", "remove"},
             Message::marked(
                 "mask: the channels stay, as gaps; remove: they are taken out, those masked before too"))},
        Effect::Keeps,
        true},
       make_bad},
      {{"nan",
        Message::marked("Missing values"),
        Message::marked("Fills values that are not finite, or leaves the spectra out that have any."),
        "definition: y = y_a + (y_b - y_a) (x - x_a) / (x_b - x_a) over the axis between the nearest known "
        "channels a and b; at the ends the nearest one's value",
        {choice("how", {"interpolate", "mean", "value", "drop"},
                Message::marked(
                    "interpolate: along the axis; mean: of the training spectra; value; drop: the spectrum")),
         number("value", "0", -kInfinity, kInfinity, Message::marked("what to fill with")),
         number("most", "1", 0, 1,
                Message::marked("share of a spectrum's channels that may be filled; above, it is dropped"))},
        Effect::Keeps,
        true},
       make_nan},
      {{"resample",
        Message::marked("Resample"),
        Message::marked(
            "To an even axis, listed positions, or the bands of another sensor with Gaussian response, each "
            "of its own width. Bad channels are made of positions outside the spectra or in a masked gap, "
            "and of bands with no channel within fwhm of their centre; a band beside an end or a gap is the "
            "average over what there is of it. The spectra are taken for much finer than the bands: where "
            "they have a width of their own, fwhm is to be the root of band^2 - own^2."),
        "Linear; natural cubic spline: C. de Boor 1978, A Practical Guide to Splines; sensor response: the "
        "average weighted with w exp(-4 ln 2 (x - centre)^2 / fwhm^2), w a channel's share of the axis; for "
        "sensors known by centres and widths cf. R. F. Kokaly et al. 2017, doi:10.3133/ds1035",
        {choice("method", {"linear", "cubic", "gaussian"},
                Message::marked("how; gaussian: sensor response of width fwhm")),
         number("from", "-inf", -kInfinity, kInfinity,
                Message::marked("first position, with step; -inf: where the spectra begin")),
         number("to", "inf", -kInfinity, kInfinity,
                Message::marked("last position, with step; inf: where they end")),
         number("step", "0", 0, kInfinity,
                Message::marked("distance of positions; 0: those listed in `positions`")),
         numbers("positions", "", -kInfinity, Message::marked("positions joined by +")),
         numbers("fwhm", "0", 0,
                 Message::marked("full width at half maximum of all bands, or of each joined by +; 0: the "
                                 "distance of the positions")),
         choice("unit", {"axis", "nm", "um", "cm-1"},
                Message::marked("of all of these, and of the new axis"))}},
       make_resample},
  };
}

std::vector<Entry> scale_entries() {
  return {
      {{"clip",
        Message::marked("Clip"),
        Message::marked("Values below or above the limits are set to them."),
        "definition: y = min(max(x, low), high)",
        {number("low", "0", -kInfinity, kInfinity, Message::marked("least value; -inf: none")),
         number("high", "inf", -kInfinity, kInfinity, Message::marked("largest value; inf: none"))}},
       make_clip},
      {{"normalise",
        Message::marked("Normalise"),
        Message::marked("Divides each spectrum, or each of several ranges of it, by a measure of its size."),
        "l1: sum of |x|; sum: of x; l2: root of the sum of squares; max: largest |x|; area: trapezoids of "
        "|x| "
        "over the axis",
        {choice("by", {"l2", "l1", "sum", "max", "area"}, Message::marked("the measure")),
         text("ranges", "",
              Message::marked(
                  "ranges with a measure each, FIRST-LAST joined by +; empty: the whole spectrum")),
         unit(kChannelFirst)},
        Effect::Scales},
       make_normalise},
      {{"norm3",
        Message::marked("Divide each spectrometer by its sum"),
        Message::marked("The usual normalisation of LIBS spectra from three spectrometers (norm3)."),
        "S. M. Clegg et al. 2017, Spectrochim. Acta B 129, 64, doi:10.1016/j.sab.2016.12.003",
        {text("splits", "2048+4098",
              Message::marked("first channels of the second, third … spectrometer, joined by +"))},
        Effect::Scales},
       make_norm3},
      {{"snv",
        Message::marked("Standard normal variate"),
        Message::marked("Each spectrum minus its mean, divided by its standard deviation (divisor n - 1)."),
        "R. J. Barnes, M. S. Dhanoa, S. J. Lister 1989, Appl. Spectrosc. 43, 772, "
        "doi:10.1366/0003702894202201",
        {},
        Effect::Centres},
       make_snv},
      {{"msc",
        Message::marked("Multiplicative scatter correction"),
        Message::marked("Each spectrum is regressed on a reference, x = a + b r; then (x - a) / b."),
        "P. Geladi, D. MacDougall, H. Martens 1985, Appl. Spectrosc. 39, 491, doi:10.1366/0003702854248656",
        {choice("reference", {"mean", "median"}, Message::marked("mean or median of the training spectra"))},
        Effect::Scales,
        true},
       make_msc},
      {{"log",
        Message::marked("Logarithm"),
        Message::marked("Logarithm of every value."),
        "definition: y = log_base(max(x, floor))",
        {choice("base", {"e", "10"}, Message::marked("of the logarithm")),
         number("floor", "1e-06", 1e-300, kInfinity, Message::marked("values below are taken as this"))},
        Effect::Logarithm},
       make_log},
      {{"absorbance",
        Message::marked("Absorbance"),
        Message::marked("A = -log10(x / scale) of reflectance or transmittance."),
        "Beer-Lambert; apparent absorbance log10(1/R) for reflectance",
        {number("scale", "1", 1e-300, kInfinity,
                Message::marked("x of full reflectance: 1, or 100 for per cent")),
         number("floor", "1e-06", 1e-300, kInfinity, Message::marked("x / scale below is taken as this"))},
        Effect::Logarithm},
       make_absorbance},
      {{"albedo",
        Message::marked("Reflectance to single-scattering albedo"),
        Message::marked(
            "Hapke's model of a powder of isotropic scatterers, in which intimate mixtures are linear."),
        kHapke,
        {number("incidence", "30", 0, 89.9, Message::marked("angle of incidence, degrees")),
         number("emission", "0", 0, 89.9, Message::marked("angle of emission, degrees")),
         number("scale", "1", 1e-300, kInfinity,
                Message::marked("x of a Lambert surface: 1, or 100 for per cent"))},
        Effect::Albedo},
       make_albedo},
      {{"reflectance",
        Message::marked("Single-scattering albedo to reflectance"),
        Message::marked("The inverse of `albedo`."),
        kHapke,
        {number("incidence", "30", 0, 89.9, Message::marked("angle of incidence, degrees")),
         number("emission", "0", 0, 89.9, Message::marked("angle of emission, degrees")),
         number("scale", "1", 1e-300, kInfinity,
                Message::marked("x of a Lambert surface: 1, or 100 for per cent"))},
        Effect::Reflectance},
       make_reflectance},
      {{"centre",
        Message::marked("Remove the mean"),
        Message::marked("The mean of the training spectra is taken off, channel by channel."),
        "definition: y = x - mean of the training spectra",
        {},
        Effect::Centres,
        true},
       make_centre},
      {{"standardise",
        Message::marked("Standardise"),
        Message::marked("Each channel minus the training spectra's mean, divided by their standard deviation "
                        "(divisor n; 1 where that is 0)."),
        "as scikit-learn's StandardScaler",
        {},
        Effect::Centres,
        true},
       make_standardise},
  };
}

std::vector<Entry> shape_entries() {
  return {
      {{"savgol",
        Message::marked("Savitzky–Golay"),
        Message::marked("A polynomial through each window of channels, by least squares in the axis' unit: "
                        "its value, or a derivative. Uneven axes and masked gaps are taken as they are; at "
                        "the ends the last full window serves."),
        "A. Savitzky, M. J. E. Golay 1964, Anal. Chem. 36, 1627, doi:10.1021/ac60214a047; P. A. Gorry 1991, "
        "Anal. Chem. 63, 534, doi:10.1021/ac00005a031 (uneven points)",
        {whole("window", "11", 3, 1001, Message::marked("channels; an odd number")),
         whole("order", "2", 0, 8, Message::marked("of the polynomial, below the window")),
         whole("derivative", "0", 0, 4,
               Message::marked("0: smoothing; n: the n-th derivative, per unit of the axis"))},
        Effect::Keeps},
       make_savgol},
      {{"moving-average",
        Message::marked("Moving average"),
        Message::marked("Mean over a window of channels, shorter at the ends."),
        "definition: y_c = mean of x over the good channels that are at most (window - 1) / 2 from c",
        {whole("window", "5", 3, 1001, Message::marked("channels; an odd number"))}},
       make_moving_average},
      {{"wavelet",
        Message::marked("Wavelet smoothing"),
        Message::marked("Wavelet coefficients are moved towards 0 by the universal threshold s √(2 ln C), s "
                        "from the finest level's median."),
        "D. L. Donoho, I. M. Johnstone 1994, Biometrika 81, 425, doi:10.1093/biomet/81.3.425; D. L. Donoho "
        "1995, IEEE Trans. Inf. Theory 41, 613, doi:10.1109/18.382009; wavelets of I. Daubechies",
        {choice("wavelet", {"db4", "haar", "db2", "sym4"}, Message::marked("the wavelet")),
         whole("levels", "0", 0, 12,
               Message::marked("of the decomposition; 0: as many as the length allows")),
         number("strength", "1", 0, 100, Message::marked("factor of the threshold")),
         choice("threshold", {"soft", "hard"}, Message::marked("soft: shrink; hard: keep or drop"))}},
       make_wavelet},
      {{"despike",
        Message::marked("Remove spikes"),
        Message::marked("Where the modified z-score of the differences of neighbours is large (cosmic rays), "
                        "the value is replaced by the mean of the good ones nearby."),
        "D. A. Whitaker, K. Hayes 2018, Chemom. Intell. Lab. Syst. 179, 82, "
        "doi:10.1016/j.chemolab.2018.06.009",
        {number("threshold", "7", 0.1, 1e6,
                Message::marked("of |z|; LIBS lines are spikes too: choose it high there")),
         whole("reach", "5", 1, 100, Message::marked("channels on either side that are averaged"))}},
       make_despike},
      {{"continuum",
        Message::marked("Continuum removal"),
        Message::marked("Divides by, or takes off, the upper convex hull of the spectrum over its axis."),
        "R. N. Clark, T. L. Roush 1984, J. Geophys. Res. 89, 6329, doi:10.1029/JB089iB07p06329",
        {choice("by", {"divide", "subtract"}, Message::marked("how the hull is removed"))},
        Effect::Scales},
       make_continuum},
      {{"baseline",
        Message::marked("Baseline (asymmetric least squares)"),
        Message::marked("A smooth line below the peaks, by weights that punish points above it little."),
        "P. H. C. Eilers, H. F. M. Boelens 2005, Baseline correction with asymmetric least squares "
        "smoothing; "
        "P. H. C. Eilers 2003, Anal. Chem. 75, 3631, doi:10.1021/ac034173t",
        {number("lambda", "100000", 1e-3, 1e15,
                Message::marked("smoothness: weight of squared second differences")),
         number("p", "0.01", 1e-6, 0.999999,
                Message::marked("weight of points above the line; 1 - p of those below")),
         whole("iterations", "10", 1, 100, Message::marked("of the weights, at most")),
         choice("by", {"subtract", "divide"}, Message::marked("how the line is removed"))},
        Effect::Keeps},
       make_baseline},
  };
}

const std::vector<Entry>& entries() {
  static const std::vector<Entry> all = [] {
    std::vector<Entry> list = channel_entries();
    for (auto part : {scale_entries(), shape_entries()})
      list.insert(list.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
    return list;
  }();
  return all;
}

}  // namespace

std::span<const StepInfo> step_kinds() {
  static const std::vector<StepInfo> infos = [] {
    std::vector<StepInfo> list;
    for (const Entry& entry : entries()) list.push_back(entry.info);
    return list;
  }();
  return infos;
}

Result<std::unique_ptr<Step>> make_step(const StepSettings& settings, const Channels& input) {
  for (const Entry& entry : entries())
    if (entry.info.name == settings.info().name) return entry.make(settings, input);
  return misfit(settings, "there is no such step", "", "");
}

void Step::invert(std::span<const double> /*in*/, std::span<double> out) const {
  for (double& value : out) value = std::numeric_limits<double>::quiet_NaN();
}

namespace preprocess {

const PipelineArray* find_array(std::span<const PipelineArray> arrays, std::string_view name,
                                std::size_t size) {
  for (const PipelineArray& array : arrays)
    if (array.name == name && array.values.size() == size) return &array;
  return nullptr;
}

std::unexpected<Error> no_array(const StepSettings& settings, std::string_view name, std::size_t size) {
  return fail({Error::Kind::Data, "a step's numbers are missing or of another length",
               place(settings) + ": " + std::string(name), std::to_string(size) + " values", "others",
               "The file is damaged: fit the pipeline again."});
}

PipelineArray array_of(std::string name, std::span<const double> values) {
  return {std::move(name), {static_cast<std::int64_t>(values.size())}, {values.begin(), values.end()}};
}

Channels kept_channels(const Channels& channels, std::span<const std::uint8_t> keep) {
  std::vector<double> positions;
  Channels kept;
  for (std::size_t c = 0; c < keep.size(); ++c) {
    if (keep[c] == 0) continue;
    positions.push_back(channels.axis[c]);
    kept.bad.push_back(channels.bad[c]);
  }
  // A part of a monotonic axis is monotonic; an empty one was refused before.
  if (auto axis = WavelengthAxis::create(std::move(positions), channels.axis.unit()))
    kept.axis = *std::move(axis);
  return kept;
}

}  // namespace preprocess

}  // namespace assayer
