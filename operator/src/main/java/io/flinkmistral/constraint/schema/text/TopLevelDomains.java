package io.flinkmistral.constraint.schema.text;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Ends of mail addresses: those of countries, and the common ones of the others. There are
 * validators that know the list of them, and refuse an address that ends otherwise.
 */
final class TopLevelDomains {
  private static final String COUNTRIES =
      "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs"
          + " bt bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm"
          + " do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq"
          + " gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg"
          + " kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml"
          + " mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa"
          + " pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj"
          + " sk sl sm sn so sr st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz"
          + " ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw";

  private static final String OTHERS =
      "academy agency app art bank biz blog business center chat city cloud club com company"
          + " consulting dev digital edu email energy engineering events finance fund global gov"
          + " group guru health help host info int international legal life live love media mil"
          + " mobi money museum name net network news one online org page photos plus press pro pub"
          + " report rocks run school science services shop site social software solutions space"
          + " store studio support systems team tech today tools top training travel university vip"
          + " wiki win work works world xyz zone";

  private TopLevelDomains() {}

  /** One of them; by their first letters, so that few ways are open at once. */
  static String pattern() {
    Map<String, String> rests =
        Stream.of((COUNTRIES + " " + OTHERS).split(" "))
            .collect(
                Collectors.groupingBy(
                    end -> end.substring(0, 1),
                    TreeMap::new,
                    Collectors.mapping(end -> end.substring(1), Collectors.joining("|"))));
    return rests.entrySet().stream()
        .map(rest -> "%s(%s)".formatted(rest.getKey(), rest.getValue()))
        .collect(Collectors.joining("|", "(", ")"));
  }
}
