"""The shipped weights become the paper's network, in the small form that they were trained in."""

from __future__ import annotations

from registration.pyramid.config import PyramidConfig
from registration.pyramid.network import PyramidNetwork
from registration.weights import fit_weights, load_weights

ENCODER, REST = "encoder-small", "pyramid-both"


def shipped_pyramid(protocol: str = "nlst") -> tuple[PyramidNetwork, str]:
    """The network for a protocol, and the SHA-256 of the weights of its matcher and kernel.

    Raises MethodError `weights-invalid`.
    """
    network = PyramidNetwork(
        PyramidConfig(encoder="small", proximity="learned length", finest_stride=2, protocol=protocol)
    )
    encoder, _ = load_weights(ENCODER)
    rest, sha256 = load_weights(REST)
    prefixed = {f"encoder.{key}": tensor for key, tensor in encoder.items()}
    fit_weights(network, prefixed | rest, REST)
    return network.eval(), sha256
