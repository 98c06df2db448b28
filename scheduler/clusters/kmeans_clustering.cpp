#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "models/base/error.h"
#include "scheduler/clusters/builtins.h"
#include "scheduler/clusters/kmeans.h"
#include "scheduler/clusters/silhouette.h"
#include "scheduler/policies/option_reader.h"
#include "scheduler/traits/named_traits.h"

namespace mensa::scheduler {
namespace {

/// Three traits that say all: MACs, activation reuse and MAC intensity follow from them, and would
/// only count an axis twice.
constexpr std::array<std::string_view, 3> kFittedTraits = {"parameter_bytes", "parameter_reuse",
                                                           "activation_bytes"};
/// Range of k that is searched where none is given.
constexpr std::size_t kLeastClusters = 2;
constexpr std::size_t kMostClusters = 12;
constexpr std::int64_t kMostClustersGiven = 1000;

/// From traits to a point: (log10(trait) - mean) / deviation for each trait.
struct Standardisation {
  std::vector<const NamedTrait*> traits;
  std::vector<double> means;
  std::vector<double> deviations;  ///< above 0

  /// None where a trait is 0: it has no logarithm.
  [[nodiscard]] std::optional<Point> point(const LayerTraits& layer) const {
    Point result;
    result.reserve(traits.size());
    for (std::size_t i = 0; i < traits.size(); ++i) {
      const double value = traits[i]->value(layer);
      if (!(value > 0)) return std::nullopt;
      result.push_back((std::log10(value) - means[i]) / deviations[i]);
    }
    return result;
  }
};

class KMeansClustering final : public Clustering {
 public:
  KMeansClustering(Standardisation standardisation, std::vector<Point> centroids, std::int64_t seed)
      : standardisation_(std::move(standardisation)),
        centroids_(std::move(centroids)),
        seed_(seed) {
    clusters_.reserve(centroids_.size());
    for (std::size_t k = 0; k < centroids_.size(); ++k) {
      clusters_.push_back({fmt::format("cluster_{}", k + 1), describe(centroids_[k])});
    }
  }

  [[nodiscard]] std::string specification() const override {
    return fmt::format("kmeans:k={},seed={}", centroids_.size(), seed_);
  }
  [[nodiscard]] const std::vector<Cluster>& clusters() const override { return clusters_; }
  [[nodiscard]] std::optional<ClusterId> classify(const LayerTraits& traits) const override {
    if (traits.macs == 0) return std::nullopt;
    const std::optional<Point> point = standardisation_.point(traits);
    if (!point) return std::nullopt;
    return ClusterId(nearest_centroid(*point, centroids_));
  }
  [[nodiscard]] std::string fitted_yaml() const override {
    std::vector<std::string_view> names;
    names.reserve(standardisation_.traits.size());
    for (const NamedTrait* trait : standardisation_.traits) names.push_back(trait->name);
    std::string text = fmt::format("traits: [{}]\nmeans: [{}]\ndeviations: [{}]\ncentroids:\n",
                                   fmt::join(names, ", "), fmt::join(standardisation_.means, ", "),
                                   fmt::join(standardisation_.deviations, ", "));
    for (const Point& centroid : centroids_) {
      text += fmt::format("  - [{}]\n", fmt::join(centroid, ", "));
    }
    return text;
  }

 private:
  /// The centroid as traits: geometric means of what is in the cluster.
  [[nodiscard]] std::string describe(const Point& centroid) const {
    std::string text;
    for (std::size_t i = 0; i < centroid.size(); ++i) {
      const double exponent =
          standardisation_.means[i] + centroid[i] * standardisation_.deviations[i];
      text += fmt::format("{}{} {:.3g}{}{}", text.empty() ? "around " : ", ",
                          standardisation_.traits[i]->name, std::pow(10.0, exponent),
                          standardisation_.traits[i]->unit.empty() ? "" : " ",
                          standardisation_.traits[i]->unit);
    }
    return text;
  }

  Standardisation standardisation_;
  std::vector<Point> centroids_;
  std::int64_t seed_;
  std::vector<Cluster> clusters_;
};

Standardisation standardise(std::span<const LayerTraits> layers) {
  Standardisation result;
  for (const std::string_view name : kFittedTraits) {
    const NamedTrait& trait = find_trait(name);
    const auto count = static_cast<double>(layers.size());
    double sum = 0;
    for (const LayerTraits& layer : layers) sum += std::log10(trait.value(layer));
    const double mean = sum / count;
    double squares = 0;
    for (const LayerTraits& layer : layers) {
      const double off = std::log10(trait.value(layer)) - mean;
      squares += off * off;
    }
    // Rounding makes something of a trait that all layers share: less than what doubles tell apart.
    constexpr double kNothing = 1e-9;
    const double deviation = std::sqrt(squares / count);
    result.traits.push_back(&trait);
    result.means.push_back(mean);
    result.deviations.push_back(deviation > kNothing ? deviation : 1);
  }
  return result;
}

/// The best mean silhouette; the fewest clusters among equally good ones.
KMeans choose_k(std::span<const Point> points, std::size_t distinct, std::uint64_t seed) {
  KMeans best;
  double largest = -std::numeric_limits<double>::infinity();
  for (std::size_t k = kLeastClusters; k <= std::min(kMostClusters, distinct); ++k) {
    KMeans found = kmeans(points, k, seed);
    const double silhouette = mean_silhouette(points, found.labels);
    if (silhouette > largest) {
      largest = silhouette;
      best = std::move(found);
    }
  }
  return best;
}

/// `k`: 0 to choose it.
std::unique_ptr<const Clustering> fit(std::span<const LayerTraits> sample, std::int64_t k,
                                      std::int64_t seed) {
  std::vector<LayerTraits> layers;
  for (const LayerTraits& traits : sample) {
    if (traits.macs > 0 && traits.parameter_bytes > 0 && traits.activation_bytes() > 0) {
      layers.push_back(traits);
    }
  }
  const auto wanted = static_cast<std::size_t>(k);
  const std::string have =
      fmt::format("there {} {} layer{} with MACs and parameters", layers.size() == 1 ? "is" : "are",
                  layers.size(), layers.size() == 1 ? "" : "s");
  if (layers.size() < kLeastClusters) {
    throw base::Error(fmt::format("clustering kmeans: {}; it takes at least two", have));
  }
  if (wanted > layers.size()) {
    throw base::Error(fmt::format("clustering kmeans: k is {}, but {}; it must be from 2 to {}", k,
                                  have, layers.size()));
  }
  Standardisation standardisation = standardise(layers);
  std::vector<Point> points;
  points.reserve(layers.size());
  for (const LayerTraits& traits : layers) points.push_back(*standardisation.point(traits));
  const std::size_t distinct = distinct_points(points);
  if (distinct < std::max(kLeastClusters, wanted)) {
    throw base::Error(fmt::format(
        "clustering kmeans: {}, but only {} of them differ in their traits; that is too few for {}",
        have, distinct, wanted > 0 ? fmt::format("k = {}", k) : "two clusters"));
  }
  const auto random_seed = static_cast<std::uint64_t>(seed);
  KMeans found =
      wanted > 0 ? kmeans(points, wanted, random_seed) : choose_k(points, distinct, random_seed);
  return std::make_unique<KMeansClustering>(std::move(standardisation), std::move(found.centroids),
                                            seed);
}

struct Options {
  std::int64_t k = 0;  ///< 0: chosen by silhouette
  std::int64_t seed = 1;
};

Options read_options(const PolicyArguments& arguments) {
  OptionReader options("kmeans", arguments, "clustering");
  Options result;
  result.k = options.integer("k", 0, static_cast<std::int64_t>(kLeastClusters), kMostClustersGiven);
  result.seed = options.integer("seed", 1, 0, std::numeric_limits<std::int64_t>::max());
  options.finish();
  return result;
}

/// As many finite numbers as there are traits.
std::vector<double> read_numbers(const base::YamlValue& value, std::size_t count, double low) {
  constexpr double kLargest = 1e6;  // of a logarithm or of standard deviations: far beyond any
  std::vector<double> numbers;
  for (const base::YamlValue& entry : value.sequence()) {
    numbers.push_back(entry.number(low, kLargest));
  }
  if (numbers.size() != count) {
    throw value.error(
        fmt::format("must have {} numbers, one for each trait; it has {}", count, numbers.size()));
  }
  return numbers;
}

}  // namespace

FitClustering make_kmeans(const PolicyArguments& arguments) {
  const Options options = read_options(arguments);
  return [options](std::span<const LayerTraits> sample) {
    return fit(sample, options.k, options.seed);
  };
}

std::unique_ptr<const Clustering> read_kmeans(const PolicyArguments& arguments,
                                              base::YamlMap& map) {
  const Options options = read_options(arguments);
  Standardisation standardisation;
  const base::YamlValue traits = map.required("traits");
  for (const base::YamlValue& entry : traits.sequence()) {
    try {
      standardisation.traits.push_back(&find_trait(entry.string()));
    } catch (const base::Error& unknown) {
      throw entry.error(unknown.what());
    }
  }
  const std::size_t count = standardisation.traits.size();
  if (count == 0) throw traits.error("must name at least one trait");
  constexpr double kLowest = -1e6;
  constexpr double kLeastDeviation = 1e-9;
  standardisation.means = read_numbers(map.required("means"), count, kLowest);
  standardisation.deviations = read_numbers(map.required("deviations"), count, kLeastDeviation);
  const base::YamlValue list = map.required("centroids");
  std::vector<Point> centroids;
  for (const base::YamlValue& entry : list.sequence()) {
    centroids.push_back(read_numbers(entry, count, kLowest));
  }
  if (options.k == 0) throw list.error("needs a k in the specification, as kmeans:k=5");
  if (centroids.size() != static_cast<std::size_t>(options.k)) {
    throw list.error(fmt::format("has {} centroids, where the specification says k={}",
                                 centroids.size(), options.k));
  }
  return std::make_unique<KMeansClustering>(std::move(standardisation), std::move(centroids),
                                            options.seed);
}

}  // namespace mensa::scheduler
