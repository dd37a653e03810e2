"""The encoder of Algorithm 2: a hidden state for every token of the parent (section 4.2)."""

import torch
from torch import Tensor, nn


class Encoder(nn.Module):
    """An LSTM over embedded tokens, started from a learned state.

    Source: section 4.2 (embedding and hidden size 100, bidirectional). Our choice: the two begin
    states are learned vectors; each direction has half of the hidden size, so that a state has all
    of it; the LSTM starts at H^(c-1), its cell state at zero.
    """

    def __init__(self, vocabulary: int, hidden: int, *, bidirectional: bool) -> None:
        """Lay out the weights on the meta device: `Controller` fills them.

        Args:
            vocabulary: How many distinct ids there are.
            hidden: Size of an embedding and of a state.
            bidirectional: Whether tokens are read in both directions; False is "non-bi" (Fig. 4).
        """
        super().__init__()
        self.directions = 2 if bidirectional else 1
        self.embedding = nn.Embedding(vocabulary, hidden, device="meta")
        self.lstm = nn.LSTM(
            hidden,
            hidden // self.directions,
            bidirectional=bidirectional,
            batch_first=True,
            device="meta",
        )
        self.begin = nn.Parameter(torch.empty(2, hidden, device="meta"))  # H^(c-2) and H^(c-1)

    def forward(self, ids: Tensor) -> Tensor:
        """Encode parents, once each.

        Args:
            ids: (P, T) what is read of P parents.

        Returns:
            (P, 2 + T, hidden): H^(c-2), H^(c-1), then the state of each token.
        """
        parents = ids.shape[0]
        begin = self.begin.expand(parents, -1, -1)  # Alg. 2, line 1
        # Alg. 2, line 2: each direction starts at its part of H^(c-1), (directions, P, half).
        start = begin[:, 1].reshape(parents, self.directions, -1).transpose(0, 1).contiguous()
        states: Tensor = self.lstm(self.embedding(ids), (start, torch.zeros_like(start)))[0]
        return torch.cat((begin, states), dim=1)
