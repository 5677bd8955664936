package io.flinkmistral.jobs.gateway.openai.responses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResponseIdTest {
  @Test
  void anIdSaysWhereItsResponseIs() {
    for (String name : List.of("g-1", "a~b~c", "3.4.5", "a\nb", "\ud83d\ude00 ü", ".")) {
      ResponseId.Turn turn = new ResponseId.Turn(name, 12, 3);
      assertThat(turn.text()).matches("resp_[A-Za-z0-9_-]+");
      assertThat(ResponseId.parse(turn.text())).isEqualTo(turn);
    }
  }

  @Test
  void idsOfOthersAreNotFound() {
    String unstored = new ResponseId.NotStored("req-1").text();
    for (String id :
        List.of("", "resp_", "resp_abc", "resp_!", "chatcmpl-1", "resp_MC4xLmE", unstored)) {
      assertThatThrownBy(() -> ResponseId.parse(id))
          .isInstanceOf(ApiException.class)
          .hasMessageContaining("not found")
          .hasFieldOrPropertyWithValue("status", 400);
    }
    assertThatThrownBy(() -> ResponseId.parse(new ResponseId.Named("zoo", "req-1").text()))
        .hasMessageContaining("name the conversation");
  }
}
