"""JAX without vmap: the same compiled training, one member after the other by lax.map, so that products stay plain."""

from typing import Any

from jax import lax

from .members_jax import MembersJax


class MembersJaxMap(MembersJax):
    @staticmethod
    def all_members(train: Any) -> Any:
        return lambda states, orders: lax.map(lambda member: train(*member), (states, orders))


prepare = MembersJaxMap
