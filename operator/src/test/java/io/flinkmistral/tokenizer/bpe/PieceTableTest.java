package io.flinkmistral.tokenizer.bpe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PieceTableTest {
  @Test
  void chosenPiecesAreFoundAndOfEqualsTheFirst() {
    PieceTable table = new PieceTable(List.of("a", "", "bc", "a", "d"), id -> id != 4);
    assertThat(find(table, "a")).isZero();
    assertThat(find(table, "bc")).isEqualTo(2);
    assertThat(find(table, "d")).as("not chosen").isEqualTo(PieceTable.NONE);
    assertThat(find(table, "b")).isEqualTo(PieceTable.NONE);
    assertThat(find(table, "bcd")).as("longer than all").isEqualTo(PieceTable.NONE);
    assertThat(table.find("xbcx".toCharArray(), 1, 3)).isEqualTo(2);
  }

  /** All of these have the same {@code String.hashCode}, and that of any polynomial in 31. */
  @Test
  void piecesThatWereChosenToCollideTakeNoLongerThanOthers() {
    List<String> pieces = new ArrayList<>();
    for (int bits = 0; bits < 1 << 17; bits++) {
      StringBuilder piece = new StringBuilder();
      for (int bit = 0; bit < 17; bit++) {
        piece.append((bits >> bit & 1) == 0 ? "Aa" : "BB");
      }
      pieces.add(piece.toString());
    }
    PieceTable table = new PieceTable(pieces, id -> true);
    for (int id = 0; id < pieces.size(); id++) {
      assertThat(find(table, pieces.get(id))).isEqualTo(id);
    }
  }

  private static int find(PieceTable table, String piece) {
    return table.find(piece.toCharArray(), 0, piece.length());
  }
}
