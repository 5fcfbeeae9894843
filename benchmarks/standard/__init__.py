"""The bundled standard tasks against lm-evaluation-harness: values, choices, log-likelihoods."""
