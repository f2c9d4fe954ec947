"""The merged root filesystem of a stack of layers."""
