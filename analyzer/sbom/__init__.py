"""Reports written as SBOM documents."""
