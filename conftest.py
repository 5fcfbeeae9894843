"""What all of this repository's tests share: the pytester fixture, and quiet property tests."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

# These machines are noisy: a deadline would make a property test flaky, not better.
settings.register_profile(
    "repository", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repository")
