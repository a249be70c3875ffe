"""The parts of the check of rolefs -doctor."""
