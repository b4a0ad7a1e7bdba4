"""The inner loop: a project that is watched, built, judged, tried and deployed anew with each change."""
