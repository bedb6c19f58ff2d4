"""The paper's method in its own form: five scales, coarse to fine, each matched, spread and composed; end to end."""
