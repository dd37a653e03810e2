"""From a trained network to a device: folding, ONNX, int8, latency."""
