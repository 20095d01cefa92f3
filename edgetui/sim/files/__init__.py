"""What a simulated board shows under / : paths to contents, of the kernel's making on a real one."""

from edgetui.sim.files.shapes import Content, Tree
from edgetui.sim.files.tree import tree

__all__ = ["Content", "Tree", "tree"]
