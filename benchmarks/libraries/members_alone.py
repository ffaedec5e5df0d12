"""glassnet without help for many: one member is trained after the other, each alone."""

from collections.abc import Sequence

from glassnet.training.members import Member
from glassnet.training.trainer import train

from .members_ours import MembersOurs


class MembersAlone(MembersOurs):
    def train(self, members: Sequence[Member]) -> None:
        for member in members:
            train(member.learner, member.rows, member.plan, member.history)


prepare = MembersAlone
