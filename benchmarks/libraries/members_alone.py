"""glassnet without help for many: one member is trained after the other, each alone."""

from collections.abc import Sequence

from glassnet.training.trainer import Training

from .members_ours import MembersOurs


class MembersAlone(MembersOurs):
    def train(self, members: Sequence[Training]) -> None:
        for member in members:
            member.to_end()


prepare = MembersAlone
