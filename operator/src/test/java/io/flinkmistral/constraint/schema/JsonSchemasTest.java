package io.flinkmistral.constraint.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.GrammarRecogniser;
import io.flinkmistral.constraint.GrammarSampler;
import io.flinkmistral.constraint.schema.text.Format;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class JsonSchemasTest {
  private static final String FIELD = "response_format.json_schema.schema";

  private static Grammar grammar(String schema) {
    return JsonSchemas.grammar(schema, FIELD);
  }

  /** Each row is a schema, a text, and whether it is one of the schema's. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        // Numbers, exactly.
        "{'type':'integer','minimum':-12,'maximum':3456} | 3456 | true",
        "{'type':'integer','minimum':-12,'maximum':3456} | 3457 | false",
        "{'type':'integer','minimum':-12,'maximum':3456} | -12 | true",
        "{'type':'integer','minimum':-12,'maximum':3456} | -13 | false",
        "{'type':'integer'} | -0 | false",
        "{'type':'integer'} | 007 | false",
        "{'type':'integer'} | 123456789012345 | true",
        "{'type':'integer'} | 1234567890123456 | false",
        "{'type':'integer','minimum':12345678901234567890} | 12345678901234567890 | true",
        "{'type':'integer','minimum':12345678901234567890} | 12345678901234567889 | false",
        "{'type':'integer','minimum':1.5} | 1 | false",
        "{'type':'integer','minimum':1.5} | 2 | true",
        "{'type':'integer','exclusiveMinimum':0,'exclusiveMaximum':2} | 1 | true",
        "{'type':'integer','exclusiveMinimum':0,'exclusiveMaximum':2} | 2 | false",
        "{'type':'integer','minimum':0,'exclusiveMinimum':true} | 0 | false",
        "{'type':'integer','multipleOf':1000} | -25000 | true",
        "{'type':'integer','multipleOf':1000} | 25500 | false",
        "{'type':'integer','multipleOf':2.5} | 5 | true",
        "{'type':'integer','multipleOf':2.5} | 8 | false",
        "{'type':'number','multipleOf':0.05} | 19.95 | true",
        "{'type':'number','multipleOf':0.05} | 19.9 | true",
        "{'type':'number','multipleOf':0.05} | 19.94 | false",
        "{'type':'number','minimum':0.1,'exclusiveMaximum':0.25} | 0.1 | true",
        "{'type':'number','minimum':0.1,'exclusiveMaximum':0.25} | 0.09999 | false",
        "{'type':'number','minimum':0.1,'exclusiveMaximum':0.25} | 0.25 | false",
        "{'type':'number','minimum':0.1,'exclusiveMaximum':0.25} | 0.24999 | true",
        "{'type':'number','maximum':-2.5} | -2.5 | true",
        "{'type':'number','maximum':-2.5} | -2.4 | false",
        "{'type':'number','minimum':-1.7976931348623157e308,'maximum':1.7976931348623157e308} | 5.5"
            + " | true",
        "{'type':'number'} | 1e3 | false",
        "{'type':['integer','number']} | 1.5 | true",
        // Texts count by characters, whatever their escapes.
        "{'type':'string','maxLength':2} | '\\n😀' | true",
        "{'type':'string','maxLength':1} | '\\n😀' | false",
        "{'type':'string','minLength':3} | '\\u0000é' | false",
        "{'type':'string'} | '\\u0001\\u001f\\b\\t' | true",
        "{'type':'string'} | '\\u00e9' | false",
        "{'type':'string','pattern':'^\\\\S+$'} | 'a\\\\b\"' | false",
        "{'type':'string','pattern':'^.\\n$'} | 'a\\n' | true",
        "{'type':'string','pattern':'b','maxLength':3} | 'abc' | true",
        "{'type':'string','pattern':'b','maxLength':3} | 'abcd' | false",
        "{'type':'string','pattern':'^a','allOf':[{'pattern':'z$'}]} | 'az' | true",
        "{'type':'string','pattern':'^a','allOf':[{'pattern':'z$'}]} | 'za' | false",
        "{'type':'string','format':'date','pattern':'^2026-'} | '2026-02-28' | true",
        "{'type':'string','format':'date','pattern':'^2026-'} | '2024-02-28' | false",
        "{'type':'string','format':'email','maxLength':30} | 'a.b@example.org' | true",
        "{'type':'string','format':'email','maxLength':15} | 'a.b@example.org' | true",
        "{'type':'string','format':'email','maxLength':14} | 'a.b@example.org' | false",
        "{'type':'string','format':'email','maxLength':64} | 'jonathan.smith@example.org' | true",
        "{'type':'string','format':'email','maxLength':100} | 'a.b@mail.example.org' | true",
        "{'type':'string','format':'hostname','maxLength':63} | 'mail.example.org' | true",
        "{'type':'string','format':'hostname','maxLength':70} | 'mail.example.org' | true",
        "{'type':'string','format':'uri','maxLength':2083,'minLength':1} |"
            + " 'https://example.org/a?b' | true",
        "{'type':'string','format':'uri-reference','maxLength':2083} | '/a/b#c' | true",
        "{'type':'string','format':'password'} | 'free' | true",
        // What does not apply to a type says nothing.
        "{'type':'integer','minLength':5} | 1 | true",
        "{'minLength':2} | 1 | true",
        "{'minLength':2} | 'a' | false",
        "{'type':'string','uniqueItems':true,'contains':{}} | '' | true",
        // Constants are written as they stand.
        "{'const':{'b':[1.50,null],'a':'é\\n'}} | {'b':[1.50,null],'a':'é\\n'} | true",
        "{'enum':[1,'1',null],'type':'string'} | '1' | true",
        "{'enum':[1,'1',null],'type':'string'} | 1 | false",
        "{'enum':[1,2,3],'minimum':2} | 1 | false",
        "{'enum':['ab','b'],'pattern':'^a'} | 'b' | false",
        "true | [{'a':[]}] | true",
        "true | [1, 2] | false",
        // Objects.
        "{'type':'object','properties':{'a':{},'b':{}}} | {'b':1} | true",
        "{'type':'object','properties':{'a':{},'b':{}}} | {'b':1,'a':1} | false",
        "{'type':'object','properties':{'a':{},'b':{}}} | {'a':1,'a':1} | false",
        "{'type':'object','properties':{'a':{},'b':{}}} | {'a':1,'c':1} | false",
        "{'type':'object','properties':{'a':{}},'additionalProperties':true} | {'a':1,'c':1} |"
            + " true",
        "{'type':'object','properties':{'a':{}},'additionalProperties':true} | {'c':1,'a':1} |"
            + " false",
        "{'type':'object'} | {'c':{'d':1}} | true",
        "{'type':'object','required':['a']} | {'a':1,'b':2} | true",
        "{'type':'object','required':['a']} | {'b':2} | false",
        "{'type':'object','properties':{'a':{},'b':{},'c':{}},'minProperties':2} | {'a':1,'c':1} |"
            + " true",
        "{'type':'object','properties':{'a':{},'b':{},'c':{}},'minProperties':2} | {'c':1} | false",
        "{'type':'object','properties':{'a':{},'b':{},'c':{}},'maxProperties':1} | {'a':1,'c':1} |"
            + " false",
        "{'type':'object','properties':{'a':false,'b':{}}} | {'a':1} | false",
        "{'type':'object','properties':{'a':{},'b':{}},'propertyNames':{'enum':['b']}} | {'a':1} |"
            + " false",
        "{'type':'object','properties':{'a\\'b':{}}} | {'a\\'b':1} | true",
        "{'type':'object','properties':{'a':{},'b':{}},'dependentSchemas':{'a':{'required':['b']}}}"
            + " | {'a':1} | false",
        "{'type':'object','properties':{'a':{},'b':{}},'dependentSchemas':{'a':{'required':['b']}}}"
            + " | {'b':1} | true",
        "{'type':'object','properties':{'a':{},'b':{}},'not':{'required':['a']}} | {'b':1} | true",
        "{'type':'object','properties':{'a':{},'b':{}},'not':{'required':['a']}} | {'a':1} | false",
        "{'allOf':[{'properties':{'a':{'type':'integer'}}},{'properties':{'a':{'minimum':3},'b':{}},'additionalProperties':false}]}"
            + " | {'a':2} | false",
        "{'allOf':[{'properties':{'a':{'type':'integer'}}},{'properties':{'a':{'minimum':3},'b':{}},'additionalProperties':false}]}"
            + " | {'a':3,'b':0} | true",
        "{'type':'object','allOf':[{'properties':{'a':{}}}],'properties':{'b':{}},'unevaluatedProperties':false}"
            + " | {'b':1,'a':1} | true",
        // Arrays.
        "{'type':'array','items':{'type':'null'},'minItems':1,'maxItems':2} | [] | false",
        "{'type':'array','items':{'type':'null'},'minItems':1,'maxItems':2} | [null,null] | true",
        "{'type':'array','items':{'type':'null'},'minItems':1,'maxItems':2} | [null,null,null] |"
            + " false",
        "{'type':'array','prefixItems':[{'const':1},{'const':2}]} | [1] | true",
        "{'type':'array','prefixItems':[{'const':1},{'const':2}]} | [1,2,3] | false",
        "{'type':'array','prefixItems':[{'const':1}],'items':{'const':3}} | [1,3,3] | true",
        "{'type':'array','prefixItems':[{'const':1}],'minItems':2} | [1,'x'] | true",
        "{'type':'array','items':false} | [] | true",
        "{'type':'array','items':{'enum':[1,2]},'uniqueItems':true} | [2,1] | true",
        "{'type':'array','items':{'enum':[1,2]},'uniqueItems':true} | [2,2] | false",
        // One of some.
        "{'oneOf':[{'type':'string','maxLength':2},{'type':'integer'},{'type':'null'}]} | 'ab' |"
            + " true",
        "{'oneOf':[{'type':'integer','maximum':3},{'type':'integer','minimum':4}]} | 4 | true",
        "{'oneOf':[{'pattern':'^a','type':'string'},{'pattern':'^b','type':'string'}]} | 'b' |"
            + " true",
        "{'type':'object','properties':{'a':{},'b':{}},'oneOf':[{'required':['a']},{'required':['b']}]}"
            + " | {'a':1} | true",
        "{'type':'object','properties':{'a':{},'b':{}},'oneOf':[{'required':['a']},{'required':['b']}]}"
            + " | {'a':1,'b':1} | false",
        // References.
        "{'$ref':'#/$defs/a~1b%20c','$defs':{'a/b c':{'const':1}}} | 1 | true",
        "{'$ref':'#here','$defs':{'x':{'$anchor':'here','const':1}}} | 1 | true",
        "{'$ref':'#/$defs/x','minimum':5,'$defs':{'x':{'type':'integer'}}} | 4 | false",
        "{'$defs':{'l':{'type':'object','properties':{'v':{'const':1},'n':{'$ref':'#/$defs/l'}},'required':['v']}},'$ref':'#/$defs/l'}"
            + " | {'v':1,'n':{'v':1}} | true",
        // A bound of more digits than a number can have beside one of many places.
        "{'type':'number','minimum':1e-40,'maximum':5e40} | 1 | true",
        "{'type':'number','minimum':1e-40,'maximum':5e40} |"
            + " 60000000000000000000000000000000000000000 | false",
        "{'type':'number','minimum':1e-40,'maximum':5e39} |"
            + " 6000000000000000000000000000000000000000 | false",
        "{'type':'number','minimum':-5e40,'maximum':-1e-40} |"
            + " -60000000000000000000000000000000000000000 | false",
        "{'title':'t','description':'d','default':5,'examples':[1],'$comment':'c','deprecated':true,'x-mine':{},'type':'null'}"
            + " | null | true",
      })
  void textsOfSchemas(String schema, String text, boolean accepted) {
    Grammar grammar = grammar(json(schema));
    assertThat(GrammarRecogniser.accepts(grammar, json(text))).isEqualTo(accepted);
  }

  /** Written with apostrophes for the quotation marks of JSON. */
  private static String json(String text) {
    return text.replace("\\'", "\u0000").replace('\'', '"').replace("\u0000", "\\\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{'properties':{'a':{'minimum':'5'}}} | at /properties/a/minimum: must be a number, but is"
            + " \"5\"",
        "{'type':'strng'} | at /type: must be null, boolean, integer",
        "{'minLength':-1} | at /minLength: must be an integer of 0 or more, but is -1",
        "{'enum':[]} | at /enum: must be a list of at least one value",
        "{'required':'a'} | at /required: must be a list of texts",
        "{'properties':[1]} | at /properties: must be an object",
        "{'properties':{'a/b':5}} | at /properties/a~1b: a schema must be an object, true or false,"
            + " but is 5",
        "{'pattern':'a(?=b)'} | at /pattern: the pattern at character 1 ((?=b)): look-ahead is"
            + " only",
        "{'patternProperties':{'(a':{}}} | at /patternProperties/(a: the pattern at character 0",
        "{'type':'string','format':'regex'} | at /format: the format regex is not supported",
        "{'if':{},'then':{}} | at /if: if with then or else is not supported",
        "{'not':{'const':5}} | at /not: not is supported for whole types",
        "{'contains':{'const':5}} | at /contains: contains is not supported",
        "{'type':'array','uniqueItems':true} | at /uniqueItems: uniqueItems is supported where",
        "{'unevaluatedProperties':{'type':'string'}} | at /unevaluatedProperties: of"
            + " unevaluatedProperties only true and false",
        "{'$dynamicRef':'#a'} | at /$dynamicRef: $dynamicRef is not supported",
        "{'$ref':'https://example.org/schema'} | at /$ref: \"https://example.org/schema\" is"
            + " outside of the schema",
        "{'$ref':'#/$defs/none'} | at /$ref: \"#/$defs/none\" is not there",
        "{'$ref':'#'} | refers to itself without a property or an element in between",
        "{'type':'object','properties':{'next':{'$ref':'#'}},'required':['next']} |"
            + " /properties/next needs itself again without end",
        "{'type':'object','properties':{'a':{'type':'integer','minimum':3,'maximum':2}},'required':['a']}"
            + " | nothing fits /properties/a",
        "{'oneOf':[{'type':'integer'},{'type':'number'}]} | at /oneOf: branch 0 and branch 1 can"
            + " both fit a value of type number",
        "{'type':'object','minProperties':2} | at /minProperties: 2 is more than can be enforced",
        "{'enum':['x y'],'format':'uri'} | whether \"x y\" is of the format uri cannot be told"
            + " here",
        // Slips.
        "{'maxlength':5} | at /maxlength: maxlength is no keyword; did you mean maxLength?",
        "{'min_length':5} | did you mean minLength?",
        "{'addtionalProperties':false} | did you mean additionalProperties?",
        "{'minItem':1} | did you mean minItems?",
        "{'Type':'string'} | did you mean type?",
        "{'any_of':[]} | did you mean anyOf?",
        "{'patern':'a'} | did you mean pattern?",
        "{'requierd':['a']} | did you mean required?",
        // No JSON.
        "{'a':1,'a':2} | the schema is no JSON: Duplicate",
        "{'type' | the schema is no JSON: Unexpected end",
        "{} {} | the schema is no JSON",
        "5 | a schema must be an object, true or false, but is 5",
      })
  void whatCannotBeEnforcedIsRefusedByName(String schema, String says) {
    assertThatThrownBy(() -> grammar(json(schema)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageStartingWith(FIELD)
        .hasMessageContaining(says)
        .satisfies(e -> assertThat(((InvalidRequestException) e).parameter()).isEqualTo(FIELD));
  }

  /** Whatever the length that is left for them. */
  @ParameterizedTest
  @EnumSource(Format.class)
  void formatsAreThoseOfAnotherValidator(Format format) {
    for (String length : List.of("", ",\"maxLength\":60", ",\"maxLength\":120")) {
      String schema = "{\"type\":\"string\",\"format\":\"%s\"%s}".formatted(format.word(), length);
      OtherValidator validator = new OtherValidator(schema);
      GrammarSampler sampler = new GrammarSampler(grammar(schema), 7);
      for (int i = 0; i < 200; i++) {
        String text = sampler.draw(1 + i % 80);
        assertThat(validator.errors(OtherValidator.STRICT.readTree(text))).as(text).isEmpty();
      }
    }
  }

  @Test
  void wordsThatOnlyLookLikeKeywordsAreAnnotations() {
    assertThat(
            grammar(
                    "{\"type\":\"null\",\"note\":1,\"name\":2,\"id\":3,\"cost\":4,\"nullable\":true,"
                        + "\"discriminator\":{},\"xml\":{},\"schema\":5,\"contentMediaType\":\"a\"}")
                .rules())
        .isNotEmpty();
  }

  @Test
  void anyObjectIsAnObject() {
    GrammarSampler sampler = new GrammarSampler(JsonGrammar.anyObject("response_format"), 1);
    for (int i = 0; i < 500; i++) {
      String text = sampler.draw(i);
      assertThat(OtherValidator.LENIENT.readTree(text).isObject()).as(text).isTrue();
    }
  }

  private static String list(int count, IntFunction<String> element) {
    return IntStream.range(0, count).mapToObj(element).collect(Collectors.joining(","));
  }

  private static void assertRefused(String schema, String says) {
    assertThatThrownBy(() -> grammar(schema))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining(says);
  }

  /** Each would take all memory, or for ever. The limit is generous: the machine may be busy. */
  @Test
  @Timeout(value = 30, unit = TimeUnit.SECONDS)
  void hostileSchemasAreRefused() {
    assertRefused("{\"enum\":[" + list(40_000, i -> "" + i) + "]}", "at most 12,000");
    assertRefused(
        "{\"anyOf\":[" + list(14_000, i -> "{\"const\":" + i + "}") + "]}", "more than 12,000");
    assertRefused("{\"oneOf\":[" + list(5_000, i -> "{\"const\":" + i + "}") + "]}", "at most 200");
    assertRefused("{\"allOf\":[" + list(60_000, _ -> "{}") + "]}", "steps of work");
    assertRefused(
        "{\"allOf\":["
            + list(
                20,
                i ->
                    "{\"anyOf\":[{\"required\":[\"a%1$d\"]},{\"required\":[\"b%1$d\"]}]}"
                        .formatted(i))
            + "]}",
        "more than");
    assertRefused(
        "{\"$ref\":\"#/$defs/a0\",\"$defs\":{\"a5000\":true,"
            + list(5_000, i -> "\"a%d\":{\"$ref\":\"#/$defs/a%d\"}".formatted(i, i + 1))
            + "}}",
        "more than 200 steps");
    assertRefused("{\"" + "x".repeat(2_000) + "\":1}", "Name length");
    assertRefused(
        ("{\"" + "x".repeat(1_000) + "\":").repeat(60)
            + "["
            + list(60_000, _ -> "[]")
            + "]"
            + "}".repeat(59)
            + ",\"$ref\":\"#anchor\"}",
        "too many names");
    assertRefused("{\"items\":".repeat(5_000), "nesting depth");
    assertRefused("{\"description\":\"" + "x".repeat(300_000) + "\"}", "at most 262,144");
    assertRefused("{\"type\":\"array\",\"minItems\":1000000000}", "at most 10,000");
    assertRefused("{\"minimum\":1e400000000}", "exponent beyond 400");
    assertRefused("{\"type\":\"integer\",\"multipleOf\":1e300}", "too large");
    assertRefused(
        "{\"type\":\"string\",\"pattern\":\"a\",\"maxLength\":1000000}", "more than 20,000 states");
    assertRefused(
        "{\"additionalProperties\":false,\"patternProperties\":{"
            + list(40, i -> "\"x%d\":{\"minLength\":%d}".formatted(i, i))
            + "}}",
        "more than");
    assertRefused(
        "{\"dependentRequired\":{" + list(50, i -> "\"a" + i + "\":[\"b\"]") + "}}", "more than");
    assertRefused(
        "{\"type\":\"object\",\"maxProperties\":100,\"properties\":{"
            + list(5_000, i -> "\"p" + i + "\":{}")
            + "}}",
        "200,000 parts");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1_499})
  void manyPropertiesAreNoHarm(int required) {
    String schema =
        "{\"type\":\"object\",\"properties\":{%s},\"required\":[\"p%d\"]}"
            .formatted(list(1_500, i -> "\"p" + i + "\":{\"type\":\"null\"}"), required);
    Grammar grammar = grammar(schema);
    String text = new GrammarSampler(grammar, 1).draw(0);
    assertThat(text).isEqualTo("{\"p%d\":null}".formatted(required));
  }
}
