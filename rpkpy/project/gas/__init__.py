"""What a transform costs: fuel, time and memory of each record, against the broker's limits and another build.

Fuel and memory are the module's and its input's alone: the same on any machine, at any time. Times are this machine's.
"""

from rpkpy.project.gas.gates import Gates
from rpkpy.project.gas.measuring import bench
from rpkpy.project.gas.model import Result

__all__ = ["Gates", "Result", "bench"]
